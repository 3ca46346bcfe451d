using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>A kind of object that the API server serves.</summary>
internal sealed record ResourceType(string Group, string Version, string Kind, string Plural, string Singular, bool Namespaced)
{
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>True for the operator's kinds: their spec counts generations, their status is a resource of its own, and a schema prunes them.</summary>
    public bool Custom { get; init; }

    public bool HasScale { get; init; }

    public JsonObject? Schema { get; init; }

    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [];

    public bool CreateOnly { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public bool HasStatus => Custom || Plural is "pods" or "deployments" or "namespaces" or "services" or "resourcequotas";

    /// <summary>Whether a change outside of metadata and status makes a new generation.</summary>
    public bool CountsGenerations => Custom || Plural is "deployments";
}

/// <summary>A column that <c>kubectl get</c> shows.</summary>
internal sealed record PrinterColumn(string Name, string Type, string JsonPath, int Priority = 0);
