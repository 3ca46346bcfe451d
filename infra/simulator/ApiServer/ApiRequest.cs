using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>A request for a resource, taken apart.</summary>
internal sealed record ApiRequest(HttpContext Http, ResourceType Type, string Namespace, string? Name, string? Subresource, string Rest)
{
    private const int MaxBody = 3 * 1024 * 1024;

    public string? Query(string key) => Http.Request.Query[key] is { Count: > 0 } values ? values[0] : null;

    public bool Flag(string key) => Query(key) is { } value && value is not ("" or "0" or "false" or "False");

    public long? Number(string key) => Query(key) is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw ApiException.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");

    public Selector Selector() => new(Type, Namespace, Query("labelSelector"), Name is null ? Query("fieldSelector") : $"metadata.name={Name}");

    public WriteOptions WriteOptions()
    {
        var dryRun = Query("dryRun");
        if (dryRun is not (null or "" or "All")) throw ApiException.BadRequest($"Invalid value: \"{dryRun}\": supported values: \"All\"");
        var agent = Http.Request.Headers.UserAgent.ToString().Split('/')[0];
        return new WriteOptions
        {
            DryRun = dryRun == "All",
            FieldManager = Query("fieldManager") ?? (agent.Length > 0 ? agent : "unknown"),
            FieldValidation = Query("fieldValidation") ?? "Warn",
            Force = Flag("force"),
        };
    }

    public async Task<JsonNode?> BodyAsync()
    {
        if (Http.Request.ContentType?.StartsWith("application/vnd.kubernetes.protobuf", StringComparison.Ordinal) == true)
            throw new ApiException(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json");
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await Http.Request.Body.ReadAsync(chunk, Http.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > MaxBody) throw new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBody}");
        }
        if (buffer.Length == 0) return null;
        try { return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)); }
        catch (JsonException exception) { throw ApiException.BadRequest("couldn't get version/kind; json parse error: " + exception.Message); }
    }

    public async Task<JsonObject> ObjectAsync() =>
        await BodyAsync() as JsonObject ?? throw ApiException.BadRequest("unable to decode the request: the body must be a JSON object");
}
