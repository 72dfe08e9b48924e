"""PATCH: a merge patch (RFC 7396) applied to the current state of a resource.

The result is validated like the body of a PUT, so a PATCH can reach no state that a PUT cannot. Lists are replaced
whole; null resets a field to its default.
"""

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_json

from milepost.api.edge.request_context import current
from milepost.api.http.parsing import Model, parse, read_raw, refused

_PATCH: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


async def read_patch(model: type[Model]) -> Model:
    """The current resource as the body of a PUT, changed by the body of this request.

    Only for routes whose contract says `patches`; the resource is locked.

    Raises:
        EdgeRefusal, Invalid: see `read_raw` and `parse`. Faults point into the patch.
    """
    shape = current().item
    if shape is None:
        raise LookupError("the contract of the route does not say that it patches a resource")
    patch = parse(_PATCH, await read_raw())
    fields = model.model_fields
    state = {name: value for name, value in shape.items() if name in fields}
    # Null removes a field; an unknown one stays and is refused. Nothing is merged below a field: only lists nest.
    merged = {name: value for name, value in {**state, **patch}.items() if value is not None or name not in fields}
    document = to_json(merged, inf_nan_mode="constants")
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        raise refused(error, document) from None
