using System.Text.Json.Nodes;

namespace Sluice.Domain.Operations.Planning;

/// <summary>What an operation will write, so that a plan can be made of it: the spec that it will send, by the same code that sends it.</summary>
/// <param name="Spec">The spec afterwards; null where the operation leaves the spec alone or takes the resource away.</param>
public sealed record PlannedWrite(JsonObject? Spec)
{
    /// <summary>The spec stays as it is.</summary>
    public static readonly PlannedWrite Nothing = new((JsonObject?)null);

    /// <summary>True where the resource is deleted.</summary>
    public bool Deletes { get; init; }

    /// <summary>True where it is created, after a deletion where <see cref="Deletes"/> is true as well.</summary>
    public bool Creates { get; init; }

    /// <summary>True where a savepoint is taken and the job stopped before the deletion.</summary>
    public bool StopsFirst { get; init; }

    /// <summary>The snapshot that was chosen to start from; null where none was.</summary>
    public string? Snapshot { get; init; }

    /// <summary>True where state that no operator takes up may be dropped.</summary>
    public bool AllowNonRestored { get; init; }

    /// <summary>Fork: the resource whose state it begins with.</summary>
    public FlinkObject? Source { get; init; }

    /// <summary>True where it is created under another name beside this one, which it replaces.</summary>
    public bool Beside { get; init; }

    /// <summary>False where the operator's schema has no <c>savepointRedeployNonce</c>.</summary>
    public bool KnowsRedeploy { get; init; } = true;
}
