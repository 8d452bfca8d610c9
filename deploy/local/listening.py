"""Whether a port can be had, and who has it when it cannot."""

import socket
from collections.abc import Iterable

import psutil

from deploy.local.problems import PortInUse
from deploy.local.processes import Process


def check_free(processes: Iterable[Process]) -> None:
    """Make sure that every port is free.

    Raises
    ------
    PortInUse
        The message names the port, what needs it, who has it where that can be known, and what to do.
    """
    for process in processes:
        for port in process.ports:
            if not is_free(port):
                raise PortInUse(
                    f"Port {port}, which {process.name} needs, is in use{_by_whom(port)}. "
                    "Stop that, or move all ports: make up TANDEM_PORT_OFFSET=1000"
                )


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _by_whom(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            is_it = connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
            if is_it and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return ""
