using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>What is served: versions, groups, kinds, and as much OpenAPI as kubectl wants to see before it writes.</summary>
internal sealed class Discovery(ResourceCatalog catalog, string gitVersion)
{
    public JsonObject? Answer(string path)
    {
        var steps = path.Trim('/').Split('/');
        return steps switch
        {
            ["version"] => Version(),
            ["api"] => new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1"), ["serverAddressByClientCIDRs"] = new JsonArray() },
            ["api", "v1"] => Resources("", "v1"),
            ["apis"] => new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(g => Group(g))]) },
            ["apis", var group] when Groups().Contains(group) => Group(group, top: true),
            ["apis", var group, var version] when catalog.All.Any(t => t.Group == group && t.Version == version) => Resources(group, version),
            ["openapi", "v3"] => new() { ["paths"] = new JsonObject(catalog.All.Select(t => GroupPath(t)).Distinct().Select(p => KeyValuePair.Create<string, JsonNode?>(p, new JsonObject { ["serverRelativeURL"] = "/openapi/v3/" + p }))) },
            ["openapi", "v3", .. var rest] when catalog.All.Any(t => GroupPath(t) == string.Join('/', rest)) => OpenApi(string.Join('/', rest)),
            _ => null,
        };
    }

    private static string GroupPath(ResourceType type) => type.Group.Length == 0 ? "api/v1" : $"apis/{type.Group}/{type.Version}";

    private IEnumerable<string> Groups() => catalog.All.Select(t => t.Group).Where(g => g.Length > 0).Distinct().Order(StringComparer.Ordinal);

    private JsonObject Version()
    {
        var parts = gitVersion.TrimStart('v').Split('.');
        return new()
        {
            ["major"] = parts[0],
            ["minor"] = parts[1],
            ["gitVersion"] = gitVersion,
            ["gitCommit"] = "0000000000000000000000000000000000000000",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "2026-01-01T00:00:00Z",
            ["goVersion"] = "go1.24.0",
            ["compiler"] = "gc",
            ["platform"] = "linux/amd64",
        };
    }

    private JsonObject Group(string name, bool top = false)
    {
        var version = catalog.All.First(t => t.Group == name).Version;
        JsonObject Entry() => new() { ["groupVersion"] = $"{name}/{version}", ["version"] = version };
        var group = new JsonObject { ["name"] = name, ["versions"] = new JsonArray(Entry()), ["preferredVersion"] = Entry() };
        if (top)
        {
            group["kind"] = "APIGroup";
            group["apiVersion"] = "v1";
        }
        return group;
    }

    private JsonObject Resources(string group, string version)
    {
        var list = new JsonArray();
        foreach (var type in catalog.All.Where(t => t.Group == group && t.Version == version))
        {
            list.Add(new JsonObject
            {
                ["name"] = type.Plural,
                ["singularName"] = type.Singular,
                ["namespaced"] = type.Namespaced,
                ["kind"] = type.Kind,
                ["verbs"] = type.CreateOnly ? new JsonArray("create") : new JsonArray("create", "delete", "get", "list", "patch", "update", "watch"),
                ["shortNames"] = new JsonArray([.. type.ShortNames.Select(s => (JsonNode)s)]),
            });
            if (type.HasStatus) list.Add(Sub(type, "status", type.Kind, "get", "patch", "update"));
            if (type.HasScale) list.Add(Sub(type, "scale", "Scale", "get", "patch", "update"));
            if (type.Plural == "pods") list.Add(Sub(type, "log", "Pod", "get"));
            if (type.Plural == "services") list.Add(Sub(type, "proxy", "ServiceProxyOptions", "create", "delete", "get", "patch", "update"));
        }
        return new() { ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}", ["resources"] = list };
    }

    private static JsonObject Sub(ResourceType type, string name, string kind, params string[] verbs) => new()
    {
        ["name"] = $"{type.Plural}/{name}",
        ["singularName"] = "",
        ["namespaced"] = type.Namespaced,
        ["kind"] = kind,
        ["verbs"] = new JsonArray([.. verbs.Select(v => (JsonNode)v)]),
    };

    private JsonObject OpenApi(string path)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        foreach (var type in catalog.All.Where(t => GroupPath(t) == path))
        {
            var kind = new JsonObject { ["group"] = type.Group, ["version"] = type.Version, ["kind"] = type.Kind };
            JsonObject Parameter(string name) => new() { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string" } };
            paths[$"/{path}/{(type.Namespaced ? "namespaces/{namespace}/" : "")}{type.Plural}/{{name}}"] = new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["x-kubernetes-action"] = "patch",
                    ["x-kubernetes-group-version-kind"] = kind.DeepClone(),
                    ["parameters"] = new JsonArray(Parameter("dryRun"), Parameter("fieldManager"), Parameter("fieldValidation"), Parameter("force")),
                },
            };
            var schema = (JsonObject?)type.Schema?.DeepClone() ?? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
            schema["x-kubernetes-group-version-kind"] = new JsonArray(kind);
            schemas[string.Join('.', type.Group.Split('.').Reverse()) + "." + type.Version + "." + type.Kind] = schema;
        }
        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = gitVersion },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }
}
