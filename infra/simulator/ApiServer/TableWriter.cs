using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>The <c>Table</c> form that <c>kubectl get</c> asks for.</summary>
internal static class TableWriter
{
    private static readonly PrinterColumn Name = new("Name", "string", ".metadata.name");
    private static readonly PrinterColumn Age = new("Age", "date", ".metadata.creationTimestamp");

    public static bool Wanted(HttpContext http) => http.Request.Headers.Accept.ToString().Contains("as=Table", StringComparison.Ordinal);

    public static Task WriteListAsync(ApiRequest request, IReadOnlyList<StoredObject> page, long version, string? next)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (next is not null) metadata["continue"] = next;
        return JsonAnswer.WriteAsync(request.Http, 200, Table(request, page, metadata, true));
    }

    public static Task WriteOneAsync(ApiRequest request, StoredObject found) =>
        JsonAnswer.WriteAsync(request.Http, 200, Table(request, [found], new() { ["resourceVersion"] = found.Version.ToString(CultureInfo.InvariantCulture) }, true));

    public static byte[] Row(ApiRequest request, StoredObject found, bool withColumns) =>
        JsonSerializer.SerializeToUtf8Bytes(Table(request, [found], new() { ["resourceVersion"] = found.Version.ToString(CultureInfo.InvariantCulture) }, withColumns));

    private static JsonObject Table(ApiRequest request, IEnumerable<StoredObject> rows, JsonObject metadata, bool withColumns)
    {
        var columns = Columns(request.Type);
        var include = request.Query("includeObject") ?? "Metadata";
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withColumns ? new JsonArray([.. columns.Select(c => Definition(c))]) : new JsonArray(),
            ["rows"] = new JsonArray([.. rows.Select(r => Row(request.Type, columns, r.ToNode(), include))]),
        };
    }

    private static JsonObject Definition(PrinterColumn column) => new()
    {
        ["name"] = column.Name,
        ["type"] = column.Type == "date" ? "string" : column.Type,
        ["format"] = column == Name ? "name" : "",
        ["description"] = column.Name,
        ["priority"] = column.Priority,
    };

    private static JsonObject Row(ResourceType type, IReadOnlyList<PrinterColumn> columns, JsonObject node, string include)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(c => Cell(type, c, node))]) };
        if (include == "Object") row["object"] = node;
        else if (include == "Metadata")
            row["object"] = new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = node["metadata"]!.DeepClone() };
        return row;
    }

    private static IReadOnlyList<PrinterColumn> Columns(ResourceType type) => type.Plural switch
    {
        _ when type.Custom => [Name, .. type.Columns],
        "pods" => [Name, new("Ready", "string", "ready"), new("Status", "string", "status"), new("Restarts", "string", "restarts"), Age],
        "namespaces" => [Name, new("Status", "string", ".status.phase"), Age],
        "deployments" => [Name, new("Ready", "string", "replicas"), Age],
        "events" => [new("Last Seen", "date", ".lastTimestamp"), new("Type", "string", ".type"), new("Reason", "string", ".reason"), new("Object", "string", "object"), new("Message", "string", ".message")],
        _ => [Name, Age],
    };

    private static JsonNode? Cell(ResourceType type, PrinterColumn column, JsonObject node) => column.JsonPath switch
    {
        "ready" => Containers(node) is var all ? $"{all.Count(c => c["ready"]?.GetValue<bool>() == true)}/{node["spec"]?["containers"]?.AsArray().Count ?? 0}" : null,
        "restarts" => Containers(node).Sum(c => c["restartCount"]?.GetValue<int>() ?? 0).ToString(CultureInfo.InvariantCulture),
        "status" => node["metadata"]?["deletionTimestamp"] is not null ? "Terminating"
            : Containers(node).Select(c => c["state"]?["waiting"]?["reason"]?.ToString()).FirstOrDefault(r => r is not null) ?? node["status"]?["phase"]?.ToString(),
        "replicas" => $"{node["status"]?["readyReplicas"]?.ToString() ?? "0"}/{node["spec"]?["replicas"]?.ToString() ?? "1"}",
        "object" => $"{node["involvedObject"]?["kind"]?.ToString().ToLowerInvariant()}/{node["involvedObject"]?["name"]}",
        _ when column.Type == "date" => Ago(Read(node, column.JsonPath)),
        _ => Read(node, column.JsonPath) ?? (type.Custom ? "" : null),
    };

    private static IEnumerable<JsonObject> Containers(JsonObject pod) => (pod["status"]?["containerStatuses"] as JsonArray ?? []).OfType<JsonObject>();

    private static string? Read(JsonNode? node, string path)
    {
        foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries)) node = (node as JsonObject)?[step];
        return node?.ToString();
    }

    private static string Ago(string? stamp)
    {
        if (!DateTimeOffset.TryParse(stamp, CultureInfo.InvariantCulture, out var at)) return "<unknown>";
        var age = TimeProvider.System.GetUtcNow() - at;
        return age switch
        {
            { TotalDays: >= 2 } => $"{(int)age.TotalDays}d",
            { TotalHours: >= 2 } => $"{(int)age.TotalHours}h",
            { TotalMinutes: >= 2 } => $"{(int)age.TotalMinutes}m",
            _ => $"{Math.Max(0, (int)age.TotalSeconds)}s",
        };
    }
}
