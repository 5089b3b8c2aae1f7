"""What the test asks of pycose: to sign, to verify, and to read keys. Nothing of Cairn's is in here."""
import hashlib

import cbor2
from pycose.algorithms import CoseAlgorithm, EdDSA
from pycose.headers import Algorithm
from pycose.keys import CoseKey, OKPKey
from pycose.messages import CoseMessage, Sign1Message


@CoseAlgorithm.register_attribute()
class Ed25519(EdDSA):
    """RFC 9864; pycose is older, so the number is told to it."""
    identifier = -19
    fullname = 'ED25519'


class Refused(Exception):
    pass


def key_of(x):
    return OKPKey(crv='ED25519', x=x)


def public(key):
    return OKPKey(crv=key.crv, x=key.x)


def thumbprint(key):
    """RFC 9679: SHA-256 of the members that the key type requires, deterministically encoded."""
    members = CoseKey.decode(key.encode())
    assert members.kty.identifier == 1
    return hashlib.sha256(cbor2.dumps({1: 1, -1: members.crv.identifier, -2: members.x}, canonical=True)).digest()


def read(message):
    """A Sign1Message, or Refused: what the library says about bad bytes is any exception."""
    try:
        m = CoseMessage.decode(message)
    except Exception as e:
        raise Refused(f'{type(e).__name__}: {e}') from e
    if not isinstance(m, Sign1Message):
        raise Refused(f'a {type(m).__name__}')
    return m


def verified(message, key, detached=None):
    """The message, if the library says that the key signed it."""
    m = read(message)
    m.key = key
    try:
        holds = m.verify_signature(detached)
    except Exception as e:
        raise Refused(f'{type(e).__name__}: {e}') from e
    if not holds:
        raise Refused('the signature does not hold')
    return m


def holds(message, key, detached=None):
    try:
        verified(message, key, detached)
    except Refused:
        return False
    return True


def sign(header, payload, key, unprotected=None, detached=None, **how):
    m = Sign1Message(phdr=header, uhdr=unprotected or {}, payload=payload, key=key,
                     external_aad=how.pop('external_aad', b''), alg_tstr_encoding=how.pop('alg_text', False))
    return m.encode(detached_payload=detached, **how)


def sign_bytes(protected, payload, key, detached=None, unprotected=None):
    """Over protected bytes that the library would not write itself."""
    m = Sign1Message(phdr={Algorithm: EdDSA}, uhdr=unprotected or {}, payload=payload, key=key)
    m._phdr_encoded = protected
    return m.encode(detached_payload=detached)
