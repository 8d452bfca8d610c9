"""What can go wrong when the platform is started, each as one line that says what to do."""


class StartProblem(Exception):
    """The platform cannot be started; the message is one clear line for the person at the terminal."""


class MissingTool(StartProblem):
    """A program that is needed is not installed."""


class PortInUse(StartProblem):
    """Another process listens where one of ours has to."""


class AlreadyRunning(StartProblem):
    """The platform runs already, from this folder."""


class Interrupted(StartProblem):
    """What was under way ended because something else failed, or because somebody asked for it."""
