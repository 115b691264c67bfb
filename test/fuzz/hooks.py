"""What schemathesis must know of these services beside their descriptions."""

import schemathesis

# Refusals of a request for its form. Any other code is about its meaning: a currency, a cursor, a state that has moved on.
FORM = {"validation_failed", "malformed_json", "malformed_request"}

# Rules of the form that JSON Schema cannot say; they stand in the descriptions in words. By the place and the beginning of the reason.
UNSAYABLE = (
    ("", "The body contains a NUL character"),
    ("", "The body contains a number beyond"),
    ("/lines", "each lineId may stand there once"),
    ("/secret", "must be base64 of"),
    ("/publicKey", "must be base64 of"),
    ("/keys", "a keyid may stand there once"),
    ("/eventFilter", ""),
    ("/delta", "must not be 0"),
    ("/reason", "must stand beside a message"),
    ("/headers", "must not name a header"),
    ("/headers", "must name each header once"),
    ("/headers", "may name"),
    ("/description", "must be text that can be stored"),
    ("", "must be text without control characters"),
)

@schemathesis.hook
def before_load_schema(context, raw_schema):
    say_bearer(raw_schema)
    close_answers(raw_schema)
    forget_lengths(raw_schema["paths"])


def say_bearer(document):
    """A token in the header Authorization, said in the one way that schemathesis knows how to take away and to forge."""
    document["components"]["securitySchemes"] = {"oauth": {"type": "http", "scheme": "bearer"}}
    for path in document["paths"].values():
        for operation in path.values():
            operation["security"] = [way for way in operation["security"] if "oauth" in way]


def forget_lengths(part):
    """A text of a pattern that is as long as it may be takes minutes to be drawn, character by character: the pattern alone is kept."""
    if isinstance(part, dict):
        if "pattern" in part and part.get("maxLength", 0) > 100:
            del part["maxLength"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            forget_lengths(inner)


def close_answers(document):
    """Clients must take members that they do not know, but these services must describe all that they send."""
    components = document["components"]
    for name, schema in components["schemas"].items():
        if name != "Problem":
            close(schema)
    inline = [answers for path in document["paths"].values() for operation in path.values() for answers in operation["responses"].items()]
    for status, answer in [*inline, *(("2xx", answer) for answer in components.get("responses", {}).values())]:
        for kind, content in answer.get("content", {}).items():
            if status.startswith("2") and kind == "application/json":
                close(content["schema"])


def close(schema):
    if isinstance(schema, list):
        for item in schema:
            close(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
        for inner in schema.values():
            close(inner)


@schemathesis.check
def good_form_is_taken(ctx, response, case):
    """What is valid under the schema is never refused for its form, unless by a rule that the schema cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    problem = response.json()
    if problem["code"] not in FORM:
        return
    reasons = [(error["path"], error["message"]) for error in problem.get("errors", [])] or [("", problem.get("detail", ""))]
    unsaid = [reason for reason in reasons if not any(reason[0].endswith(place) and reason[1].startswith(words) for place, words in UNSAYABLE)]
    if unsaid:
        raise AssertionError(f"Refused for its form, and valid under the schema: {problem['code']}: {unsaid}")
