using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>The CustomResourceDefinition objects: a portal reads the schemas from them.</summary>
internal static class Definitions
{
    public static JsonObject Of(ResourceType type) => new()
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = type.QualifiedPlural },
        ["spec"] = new JsonObject
        {
            ["group"] = type.Group,
            ["scope"] = "Namespaced",
            ["conversion"] = new JsonObject { ["strategy"] = "None" },
            ["names"] = Names(type),
            ["versions"] = new JsonArray(Version(type)),
        },
        ["status"] = new JsonObject
        {
            ["acceptedNames"] = Names(type),
            ["conditions"] = new JsonArray(Condition("NamesAccepted", "NoConflicts", "no conflicts found"), Condition("Established", "InitialNamesAccepted", "the initial names have been accepted")),
            ["storedVersions"] = new JsonArray(type.Version),
        },
    };

    private static JsonObject Names(ResourceType type) => new()
    {
        ["kind"] = type.Kind,
        ["listKind"] = type.Kind + "List",
        ["plural"] = type.Plural,
        ["singular"] = type.Singular,
        ["shortNames"] = new JsonArray([.. type.ShortNames.Select(s => (JsonNode)s)]),
    };

    private static JsonObject Version(ResourceType type)
    {
        var subresources = new JsonObject { ["status"] = new JsonObject() };
        if (type.HasScale)
            subresources["scale"] = new JsonObject
            {
                ["labelSelectorPath"] = ".status.taskManager.labelSelector",
                ["specReplicasPath"] = ".spec.taskManager.replicas",
                ["statusReplicasPath"] = ".status.taskManager.replicas",
            };
        return new()
        {
            ["name"] = type.Version,
            ["served"] = true,
            ["storage"] = true,
            ["additionalPrinterColumns"] = new JsonArray([.. type.Columns.Select(c => new JsonObject { ["jsonPath"] = c.JsonPath, ["name"] = c.Name, ["type"] = c.Type })]),
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = type.Schema!.DeepClone() },
            ["subresources"] = subresources,
        };
    }

    private static JsonObject Condition(string type, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
    };
}
