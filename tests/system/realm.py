"""A realm of a real Keycloak: made through its administration interface, used as a browser and a machine use it."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from deploy.local.environment import AUDIENCE
from tests.support.servers.keycloak import ADMIN_CLIENT, KeycloakServer

PORTAL, BRIEF, ELSEWHERE, MACHINE = "portal", "brief", "elsewhere", "demo-association"
"""Clients: the face people use; one whose tokens expire at once; one for another audience; an association's system."""
BRIEF_SECONDS = 1
REDIRECT = "http://127.0.0.1/signed-in"
FIRST_KEY = "rsa-generated"
_PASSWORD = "Demo-0123456789"


@dataclass(frozen=True)
class SignedIn:
    """What a sign-in gave."""

    access_token: str
    refresh_token: str
    id_token: str

    @property
    def subject(self) -> str:
        """Who signed in, as the realm says."""
        return str(self._unverified["sub"])

    @property
    def claims(self) -> dict[str, Any]:
        """What the access token says."""
        return self._unverified

    @property
    def key_id(self) -> str:
        """With which key the access token was signed."""
        return str(jwt.get_unverified_header(self.access_token)["kid"])

    @property
    def _unverified(self) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.access_token, options={"verify_signature": False})
        return claims


class Realm:
    """One realm, empty at first but for its clients."""

    def __init__(self, server: KeycloakServer, name: str = "staff") -> None:
        self._server = server
        self.name = name
        self.machine_secret = secrets.token_urlsafe(24)
        self.issuer = f"{server.url}/realms/{name}"
        self._protocol = f"{self.issuer}/protocol/openid-connect"
        self._administer("POST", "", self._representation())
        self.realm_id = str(self._administer("GET", f"/{name}").json()["id"])
        self._users: dict[str, str] = {}

    @property
    def trusted(self) -> dict[str, str]:
        """The realm as an entry of TANDEM_ISSUERS."""
        return {"issuer": self.issuer, "audience": AUDIENCE, "jwks": f"{self._protocol}/certs", "kind": "staff"}

    def add_user(self, username: str, mail: str) -> str:
        """A person who can sign in; their subject. Several may have the same mail."""
        if username not in self._users:
            made = self._administer(
                "POST",
                f"/{self.name}/users",
                {
                    "username": username,
                    "email": mail,
                    "emailVerified": True,
                    "firstName": "Demo",
                    "lastName": "Person",
                    "enabled": True,
                    "credentials": [{"type": "password", "value": _PASSWORD, "temporary": False}],
                },
            )
            self._users[username] = made.headers["Location"].rpartition("/")[2]
        return self._users[username]

    def sign_in(self, username: str, client: str = PORTAL) -> SignedIn:
        """The authorisation-code flow with PKCE (RFC 7636), as a browser and the portal behind it walk it."""
        verifier = secrets.token_urlsafe(48)
        state = secrets.token_urlsafe(12)
        with httpx.Client(timeout=60) as browser:
            form = browser.get(
                f"{self._protocol}/auth",
                params={
                    "response_type": "code",
                    "client_id": client,
                    "redirect_uri": REDIRECT,
                    "scope": "openid",
                    "state": state,
                    "code_challenge": _challenge(verifier),
                    "code_challenge_method": "S256",
                },
            ).raise_for_status()
            answer = browser.post(
                _action(form.text),
                data={"username": username, "password": _PASSWORD},
                # To a browser this machine is a secure place even without TLS, so it sends cookies that want one.
                headers={"Cookie": "; ".join(f"{name}={value}" for name, value in form.cookies.items())},
            )
        assert answer.status_code == httpx.codes.FOUND, answer.text
        told = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert told["state"] == [state]
        return self._tokens(
            grant_type="authorization_code",
            client_id=client,
            redirect_uri=REDIRECT,
            code=told["code"][0],
            code_verifier=verifier,
        )

    def refresh(self, before: SignedIn, client: str = PORTAL) -> SignedIn:
        """New tokens for old ones."""
        return self._tokens(grant_type="refresh_token", client_id=client, refresh_token=before.refresh_token)

    def machine(self) -> SignedIn:
        """A token of the association's system, which signs in by itself (client_credentials)."""
        return self._tokens(grant_type="client_credentials", client_id=MACHINE, client_secret=self.machine_secret)

    def rotate_keys(self) -> None:
        """From now on the realm signs with a new key and publishes no other."""
        before = self._administer("GET", f"/{self.name}/components?type=org.keycloak.keys.KeyProvider").json()
        signing = [each for each in before if each["providerId"] == FIRST_KEY]
        newest = max(int(each["config"]["priority"][0]) for each in signing)
        self._administer(
            "POST",
            f"/{self.name}/components",
            {
                "name": f"key-{newest + 1}",
                "providerId": FIRST_KEY,
                "providerType": "org.keycloak.keys.KeyProvider",
                "parentId": self.realm_id,
                "config": {"priority": [str(newest + 1)], "algorithm": ["RS256"], "keySize": ["2048"]},
            },
        )
        for each in signing:
            self._administer("DELETE", f"/{self.name}/components/{each['id']}")

    def _tokens(self, **form: str) -> SignedIn:
        answer = httpx.post(f"{self._protocol}/token", data=form, timeout=30)
        assert answer.is_success, answer.text
        told = answer.json()
        return SignedIn(told["access_token"], told.get("refresh_token", ""), told.get("id_token", ""))

    def _administer(self, method: str, path: str, body: object = None) -> httpx.Response:
        token = httpx.post(
            f"{self._server.url}/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "client_credentials",
                "client_id": ADMIN_CLIENT,
                "client_secret": self._server.admin_secret,
            },
            timeout=30,
        ).raise_for_status()
        answer = httpx.request(
            method,
            f"{self._server.url}/admin/realms{path}",
            json=body,
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
            timeout=60,
        )
        assert answer.is_success, answer.text
        return answer

    def _representation(self) -> dict[str, Any]:
        return {
            "realm": self.name,
            "enabled": True,
            "accessTokenLifespan": 1800,
            # Two people of one office share an address; the address says nothing about who somebody is.
            "loginWithEmailAllowed": False,
            "duplicateEmailsAllowed": True,
            "clients": [
                _client(PORTAL),
                _client(BRIEF, attributes={"access.token.lifespan": str(BRIEF_SECONDS)}),
                _client(ELSEWHERE, audience="something-else"),
                {
                    "clientId": MACHINE,
                    "publicClient": False,
                    "secret": self.machine_secret,
                    "serviceAccountsEnabled": True,
                    "standardFlowEnabled": False,
                    "protocolMappers": [_audience(AUDIENCE)],
                },
            ],
        }


def _client(name: str, *, audience: str = AUDIENCE, attributes: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "clientId": name,
        "publicClient": True,
        "redirectUris": [REDIRECT],
        "attributes": {"pkce.code.challenge.method": "S256", **(attributes or {})},
        "protocolMappers": [_audience(audience)],
    }


def _audience(audience: str) -> dict[str, Any]:
    return {
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.custom.audience": audience, "access.token.claim": "true"},
    }


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class _Form(HTMLParser):
    action = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form" and told.get("id") == "kc-form-login":
            self.action = told.get("action") or ""


def _action(page: str) -> str:
    form = _Form()
    form.feed(page)
    assert form.action, "no form to sign in with"
    return form.action
