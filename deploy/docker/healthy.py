"""Exit status 0 when the process in this container is ready (`python -m deploy.docker.healthy`)."""

import os
import sys
import urllib.error
import urllib.request


def main() -> None:
    """Ask `/health/ready`."""
    url = f"http://127.0.0.1:{os.environ.get('TANDEM_HTTP_PORT', '8000')}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            sys.exit(0 if answer.status == 200 else 1)
    except (urllib.error.URLError, OSError) as error:
        sys.exit(f"not ready: {error}")


if __name__ == "__main__":
    main()
