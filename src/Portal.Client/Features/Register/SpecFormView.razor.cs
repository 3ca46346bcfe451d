using System.Globalization;
using Microsoft.AspNetCore.Components;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Register;

/// <summary>The form half of the editor.</summary>
public sealed partial class SpecFormView
{
    private static readonly (string, string)[] Versions = [.. new[] { "1_18", "1_19", "1_20", "2_0", "2_1", "2_2" }.Select(v => ($"v{v}", v.Replace('_', '.')))];
    private static readonly (string, string)[] Backends = [("rocksdb", "rocksdb"), ("hashmap", "hashmap")];
    private static readonly (string, string)[] Availability = [("kubernetes", "kubernetes"), ("NONE", "none")];

    private static readonly (string, string)[] Tiers = [.. Enum.GetValues<PipelineTier>().Select(tier => (tier.ToString(), Words.Of(tier)))];

    private static readonly (string Mode, string Why)[] Modes =
    [
        ("savepoint", "stop with a savepoint, start from it; slower and safest"),
        ("last-state", "from the newest checkpoint; faster, needs high availability"),
        ("stateless", "start empty; state is lost"),
    ];

    [Parameter, EditorRequired] public SpecEditorModel Model { get; set; } = null!;

    /// <summary>What an edit does to the form as it is by then: this view may be a rendering behind it.</summary>
    [Parameter, EditorRequired] public EventCallback<Func<SpecForm, SpecForm>> OnChanged { get; set; }

    [Parameter] public IReadOnlyList<Team> Teams { get; set; } = [];

    [Parameter] public IReadOnlyList<ClusterStatus> Clusters { get; set; } = [];

    /// <summary>An existing pipeline: where it is cannot change.</summary>
    [Parameter] public bool Editing { get; set; }

    private SpecForm F => Model.Form;

    private (string, string)[] Namespaces => Teams.FirstOrDefault(t => t.Name == F.Team)?.Namespaces.Where(n => n.Cluster == F.Cluster).Select(n => (n.Namespace, n.Namespace)).ToArray() ?? [];

    private string ClusterHelp => Clusters.FirstOrDefault(c => c.Name == F.Cluster) is { } c
        ? $"{(c.OperatorVersion is { } v ? $"operator {v}" : "operator version not known")}, Kubernetes {c.Capabilities?.KubernetesVersion ?? "not known"}"
        : "where it runs";

    private string ExtraText => string.Join('\n', F.ExtraConfiguration.Select(e => $"{e.Key}: {e.Value}"));

    private Task Set(Func<SpecForm, SpecForm> edit) => OnChanged.InvokeAsync(edit);

    private Task SetTeam(string team) => Set(f =>
    {
        var owned = Teams.FirstOrDefault(t => t.Name == team)?.Namespaces ?? [];
        var cluster = owned.Any(n => n.Cluster == f.Cluster) ? f.Cluster : owned.FirstOrDefault()?.Cluster ?? f.Cluster;
        var ns = owned.FirstOrDefault(n => n.Cluster == cluster)?.Namespace ?? f.Namespace;
        return f with { Team = team, Cluster = cluster, Namespace = ns };
    });

    private IReadOnlyList<SpecProblem> P(string field) => Model.ProblemsOf(field);

    private (string? Value, string? From) I(string field) => Model.InheritedOf(field);

    private static string ClusterText(ClusterStatus c) => c.Watch.Phase is ReflectorPhase.Synced ? c.Name : string.Create(CultureInfo.InvariantCulture, $"{c.Name} ({(c.Watch.Phase == ReflectorPhase.Stale ? "unreachable" : c.Watch.Phase.ToString().ToLowerInvariant())})");

    private static KeyValuePair<string, string>[] ExtraOf(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(parts => parts[0].Length > 0)
            .Select(parts => KeyValuePair.Create(parts[0], parts.Length > 1 ? parts[1].Trim('"') : "")),
    ];
}
