using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>An answer other than success, in the form of the API server's <c>Status</c> object.</summary>
internal sealed class ApiException(int code, string? reason, string message) : Exception(message)
{
    public int Code { get; } = code;
    public string? Reason { get; } = reason;
    public JsonObject? Details { get; init; }
    public string? Continue { get; init; }
    public int? RetryAfterSeconds { get; init; }

    public JsonObject ToStatus()
    {
        var metadata = new JsonObject();
        if (Continue is not null) metadata["continue"] = Continue;
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason is not null) status["reason"] = Reason;
        if (Details is not null) status["details"] = Details.DeepClone();
        status["code"] = Code;
        return status;
    }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.QualifiedPlural} \"{name}\" not found") { Details = Subject(type, name) };

    public static ApiException AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.QualifiedPlural} \"{name}\" already exists") { Details = Subject(type, name) };

    public static ApiException Conflict(ResourceType type, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {type.QualifiedPlural} \"{name}\": {why}") { Details = Subject(type, name) };

    public static ApiException Expired(string message) => new(410, "Expired", message);

    public static ApiException Forbidden(ResourceType type, string name, string message) =>
        new(403, "Forbidden", message) { Details = Subject(type, name) };

    public static ApiException Invalid(ResourceType type, string name, IReadOnlyList<FieldError> errors)
    {
        var details = new JsonObject { ["name"] = name };
        if (type.Group.Length > 0) details["group"] = type.Group;
        details["kind"] = type.Kind;
        details["causes"] = new JsonArray([.. errors.Select(e => e.ToCause())]);
        var all = string.Join(", ", errors.Select(e => $"{e.Field}: {e.Message}"));
        if (errors.Count > 1) all = $"[{all}]";
        var kind = type.Group.Length > 0 ? $"{type.Kind}.{type.Group}" : type.Kind;
        return new(422, "Invalid", $"{kind} \"{name}\" is invalid: {all}") { Details = details };
    }

    private static JsonObject Subject(ResourceType type, string name)
    {
        var details = new JsonObject { ["name"] = name };
        if (type.Group.Length > 0) details["group"] = type.Group;
        details["kind"] = type.Plural;
        return details;
    }
}

/// <summary>What is wrong with one field of an object.</summary>
internal sealed record FieldError(string Field, string Reason, string Message)
{
    public JsonObject ToCause() => new() { ["reason"] = Reason, ["message"] = Message, ["field"] = Field };

    public static FieldError Type(string field, string expected, string actual) =>
        new(field, "FieldValueTypeInvalid", $"Invalid value: \"{actual}\": {field} in body must be of type {expected}: \"{actual}\"");

    public static FieldError Invalid(string field, string value, string why) =>
        new(field, "FieldValueInvalid", $"Invalid value: \"{value}\": {why}");

    public static FieldError Enum(string field, string value, IEnumerable<string> allowed) =>
        new(field, "FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {string.Join(", ", allowed.Select(a => $"\"{a}\""))}");

    public static FieldError Required(string field, string why) => new(field, "FieldValueRequired", $"Required value{(why.Length > 0 ? ": " + why : "")}");
}
