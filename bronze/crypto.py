"""Values made unreadable, and readable again, as Spark Columns: what Spark computes, it computes on Connect, too.

Keys come as columns of a frame of one row, never as literals: Spark prints literals in plans, events and errors.

A pseudonym is `<key id>:<64 hexadecimal digits>`, HMAC-SHA-256 of domain, a zero byte and the value's UTF-8. A sealed
value (a cell) is `<key id>:<32 hexadecimal digits that name whose key it is>:<base64>`, AES-256-GCM. Its nonce is made
of the value by a key of the person's own (as in SIV): equal values of one person in one column are equal cells, so that
an event that comes twice is the same event, and a nonce never comes back with another value.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the field's usual name
from pyspark.sql.types import BinaryType, StructField, StructType

from hallmark.lakehouse.keyring import MasterKey, hmac_pads

CELL = r"^([a-z][a-z0-9]{0,15}):([0-9a-f]{32}):(.+)$"
"""A sealed value: key id, whose key, base64."""
PSEUDONYM = r"^[a-z][a-z0-9]{0,15}:[0-9a-f]{64}$"
FORGOTTEN = "forgotten"
"""What stands in a cell for the value of somebody whose key is destroyed."""

_PSEUDONYM, _SUBJECT, _WRAP = "_key_pseudonym", "_key_subject", "_key_wrap"
_REF_DIGITS = 32
_NONCE = 12
_GCM, _PADDING = "GCM", "DEFAULT"


def key_frame(spark: SparkSession, key: MasterKey) -> DataFrame:
    """A frame of one row with what is derived of a master key: the pads of two HMACs and a key that wraps others.

    Returns:
        Five columns BINARY; the other functions of this module read them by their names.
    """
    values = {}
    for name, purpose in ((_PSEUDONYM, "pseudonym"), (_SUBJECT, "subject")):
        values[f"{name}_inner"], values[f"{name}_outer"] = hmac_pads(key.derived(purpose))
    return secret_frame(spark, {**values, _WRAP: key.derived("wrap")})


def secret_frame(spark: SparkSession, values: Mapping[str, bytes]) -> DataFrame:
    """A frame of one row of bytes that neither a plan nor a file on the way shows.

    In process `createDataFrame` goes through a temporary file, and `spark.sql`'s arguments are literals of the plan; an
    inline table is a relation that prints its columns' names alone. On Connect it is the other way round: the text of
    the SQL would be an event of the server, a local relation is cut after eight bytes of its header.
    """
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        schema = StructType([StructField(name, BinaryType()) for name in values])
        return spark.createDataFrame([tuple(values.values())], schema)
    row = ", ".join(f"X'{value.hex()}'" for value in values.values())
    return spark.sql(f"select * from values ({row}) as secrets({', '.join(values)})")


def hmac_sha256(message: Column, inner: Column, outer: Column) -> Column:
    """HMAC-SHA-256 of a BINARY, 64 hexadecimal digits; the pads are those of `keyring.hmac_pads`."""
    return F.sha2(F.concat(outer, F.unhex(F.sha2(F.concat(inner, message), 256))), 256)


def pseudonym(text: Column, domain: str, key_id: str) -> Column:
    """The pseudonym of a text; null and the empty text, which say nothing of anybody, stay what they are."""
    digest = hmac_sha256(_message(F.lit(domain), text), F.col(f"{_PSEUDONYM}_inner"), F.col(f"{_PSEUDONYM}_outer"))
    return F.when(text != "", F.concat(F.lit(f"{key_id}:"), digest)).otherwise(text)


def subject_ref(text: Column, domain: str) -> Column:
    """What a data subject is called in the key table, 32 hexadecimal digits; null where there is none."""
    digest = hmac_sha256(_message(F.lit(domain), text), F.col(f"{_SUBJECT}_inner"), F.col(f"{_SUBJECT}_outer"))
    return F.when(text != "", F.left(digest, F.lit(_REF_DIGITS)))


def wrapped_new_key(ref: Column) -> Column:
    """A new random key for a subject, wrapped. Only for a frame that is written once: evaluated again it is another.

    Spark's `uuid` and `rand` can be foretold; the nonces of `aes_encrypt` come from the JVM's SecureRandom. Three of
    them, of different texts (of equal ones Spark would take one three times), are 288 random bits.
    """
    wrap = F.col(_WRAP)
    noise = [F.aes_encrypt(F.encode(F.concat(ref, F.lit(i)), "UTF-8"), wrap) for i in ("0", "1", "2")]
    key = F.unhex(F.sha2(F.concat(*noise), 256))
    return F.aes_encrypt(key, wrap, F.lit(_GCM), F.lit(_PADDING), F.lit(b""), F.encode(ref, "UTF-8"))


def unwrapped(wrapped: Column, ref: Column) -> Column:
    """A subject's key; null where it is destroyed."""
    return F.aes_decrypt(wrapped, F.col(_WRAP), F.lit(_GCM), F.lit(_PADDING), F.encode(ref, "UTF-8"))


def seal(text: Column, label: str, key_id: str, ref: Column, wrapped: Column) -> Column:
    """The cell of a text. Null and the empty text stay; where the key is destroyed, the cell says so and no more.

    Args:
        text: STRING.
        label: names table and field: equal values of two fields are different cells.
        key_id: the master key's id.
        ref: whose key it is (`subject_ref`).
        wrapped: that key, wrapped.
    """
    key = unwrapped(wrapped, ref)
    own = F.unhex(F.sha2(F.concat(key, F.lit(b"nonce")), 256))
    digest = F.sha2(F.concat(own, F.unhex(F.sha2(F.concat(own, _message(F.lit(label), text)), 256))), 256)
    nonce = F.substring(F.unhex(digest), 1, _NONCE)
    sealed = F.aes_encrypt(F.encode(text, "UTF-8"), key, F.lit(_GCM), F.lit(_PADDING), nonce, F.encode(ref, "UTF-8"))
    kept = F.translate(F.base64(sealed), "\r\n", "")  # Spark cuts base64 into lines
    cell = F.concat(F.lit(f"{key_id}:"), ref, F.lit(":"), F.coalesce(kept, F.lit(FORGOTTEN)))
    return F.when(text != "", cell).otherwise(text)


def opened(cell: Column, ref: Column, wrapped: Column) -> Column:
    """The text of a cell; null where the key is destroyed."""
    sealed = F.unbase64(F.regexp_extract(cell, CELL, 3))
    text = F.aes_decrypt(sealed, unwrapped(wrapped, ref), F.lit(_GCM), F.lit(_PADDING), F.encode(ref, "UTF-8"))
    return F.when(wrapped.isNotNull(), F.decode(text, "UTF-8"))


def _message(name: Column, text: Column) -> Column:
    return F.concat(F.encode(name, "UTF-8"), F.lit(b"\0"), F.encode(text, "UTF-8"))
