"""Checks manifests against runtime/manifest.schema.json.

    schema.py SCHEMA MANIFEST...

Knows the keywords the schema uses and refuses others, so that none is silently
ignored. Fields the schema does not list are refused too, unless --open is given:
our own writer must not write what the schema does not say.
"""
import json
import re
import sys

KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "required", "properties",
         "items", "enum", "const", "minimum", "maximum", "minItems", "maxItems", "pattern",
         "anyOf", "not"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "null": type(None)}


class Checker:
    def __init__(self, schema, closed):
        self.root, self.closed = schema, closed

    def problem(self, value, schema, at):
        """The first violation as text, or None."""
        unknown = set(schema) - KNOWN
        if unknown:
            raise SystemExit(f"schema keyword not supported: {unknown}")
        if "$ref" in schema:
            return self.problem(value, self.root["$defs"][schema["$ref"].split("/")[-1]], at)
        return (self.scalar(value, schema, at) or self.structure(value, schema, at)
                or self.combined(value, schema, at))

    def scalar(self, value, schema, at):
        types = schema.get("type")
        if types:
            types = [types] if isinstance(types, str) else types
            if not any(isinstance(value, TYPES[t]) and (t == "boolean" or
                       not isinstance(value, bool)) for t in types):
                return f"{at}: expected {types} but found {value!r}"
        if "const" in schema and value != schema["const"]:
            return f"{at}: expected {schema['const']!r} but found {value!r}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{at}: expected one of {schema['enum']} but found {value!r}"
        if "minimum" in schema and isinstance(value, int) and not (
                schema["minimum"] <= value <= schema.get("maximum", value)):
            return f"{at}: {value} is out of range"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{at}: {value!r} does not match {schema['pattern']}"
        return None

    def structure(self, value, schema, at):
        if isinstance(value, dict) and "properties" in schema:
            for key in schema.get("required", []):
                if key not in value:
                    return f"{at}: '{key}' is missing"
            for key, item in value.items():
                if key in schema["properties"]:
                    found = self.problem(item, schema["properties"][key], f"{at}/{key}")
                    if found:
                        return found
                elif self.closed:
                    return f"{at}: '{key}' is not in the schema"
        elif isinstance(value, dict):
            for key in schema.get("required", []):
                if key not in value:
                    return f"{at}: '{key}' is missing"
        if isinstance(value, list) and "items" in schema:
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                return f"{at}: {len(value)} items"
            for index, item in enumerate(value):
                found = self.problem(item, schema["items"], f"{at}/{index}")
                if found:
                    return found
        return None

    def combined(self, value, schema, at):
        if "not" in schema and not self.problem(value, schema["not"], at):
            return f"{at}: {value!r} is excluded"
        if "anyOf" in schema:
            found = [self.problem(value, choice, at) for choice in schema["anyOf"]]
            if all(found):
                return f"{at}: no alternative fits: " + "; ".join(found)
        return None


def main(arguments):
    closed = "--open" not in arguments
    schema_path, *paths = [a for a in arguments if a != "--open"]
    with open(schema_path) as file:
        checker = Checker(json.load(file), closed)
    bad = 0
    for path in paths:
        with open(path) as file:
            problem = checker.problem(json.load(file), checker.root, "")
        print(f"{'refused' if problem else 'valid'}: {path}" + (f": {problem}" if problem else ""))
        bad += bool(problem)
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
