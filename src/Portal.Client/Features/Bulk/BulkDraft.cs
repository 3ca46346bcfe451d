using System.Globalization;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Bulk;

/// <summary>What is typed into the dialog, as text: what cannot be read is named, not dropped.</summary>
public sealed record BulkDraft
{
    public OperationKind Kind { get; init; } = OperationKind.Upgrade;

    public string ImageTag { get; init; } = "";

    public string Image { get; init; } = "";

    public string Parallelism { get; init; } = "";

    public string TaskManagers { get; init; } = "";

    /// <summary>Rollback: a moment in UTC; empty: the revision before.</summary>
    public string InForceAt { get; init; } = "";

    /// <summary>Redeploy, rollback and fork: a moment in UTC; empty: see the order.</summary>
    public string SavepointBefore { get; init; } = "";

    /// <summary>Fork: what the names have in addition.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>Fork: empty is the namespace of the first one.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>A line for each key: <c>key: value</c>; <c>-key</c> takes one away.</summary>
    public string Configuration { get; init; } = "";

    public bool RollBackOnFailure { get; init; } = true;

    public bool SavepointBeforeDelete { get; init; } = true;

    public bool DiscardState { get; init; }

    public string Canary { get; init; } = "1";

    public string Size { get; init; } = "20";

    /// <summary>In seconds.</summary>
    public string Pause { get; init; } = "0";

    public string PerCluster { get; init; } = "10";

    public string PerTeam { get; init; } = "10";

    /// <summary>Empty: no such rule.</summary>
    public string FailedInWavePercent { get; init; } = "10";

    /// <summary>Empty: no such rule.</summary>
    public string Failed { get; init; } = "";

    /// <summary>Empty: the health is not looked at.</summary>
    public string Unwell { get; init; } = "";

    /// <summary>In seconds.</summary>
    public string UnwellAfter { get; init; } = "60";

    public string Reason { get; init; } = "";

    /// <summary>The request, and what in the draft cannot be read.</summary>
    public (BulkRequest Request, IReadOnlyList<BulkProblem> Problems) Read(IReadOnlyList<PipelineKey> pipelines, string query)
    {
        var problems = new List<BulkProblem>();
        var order = new BulkOrder
        {
            Kind = Kind,
            Query = query,
            Reason = Reason.Trim(),
            Change = BulkOrder.TakesChange(Kind) ? ReadChange(problems) : null,
            Scale = Kind == OperationKind.Scale ? new ScaleTarget { Parallelism = Number(Parallelism, "scale.parallelism", problems), TaskManagers = Number(TaskManagers, "scale.taskManagers", problems) } : null,
            InForceAt = Kind == OperationKind.Rollback ? Moment(InForceAt, "inForceAt", problems) : null,
            SavepointBefore = BulkOrder.TakesSavepoint(Kind) ? Moment(SavepointBefore, "savepointBefore", problems) : null,
            Fork = Kind == OperationKind.Fork ? new BulkFork(Suffix.Trim(), Namespace.Trim() is { Length: > 0 } ns ? ns : null) : null,
            RollBackOnFailure = RollBackOnFailure,
            SavepointBeforeDelete = SavepointBeforeDelete,
            DiscardState = DiscardState,
            Waves = new BulkWaves
            {
                Canary = Number(Canary, "waves.canary", problems) ?? 0,
                Size = Number(Size, "waves.size", problems) ?? 0,
                Pause = TimeSpan.FromSeconds(Number(Pause, "waves.pause", problems) ?? 0),
                PerCluster = Number(PerCluster, "waves.perCluster", problems) ?? 0,
                PerTeam = Number(PerTeam, "waves.perTeam", problems) ?? 0,
            },
            Halt = new BulkHaltRules
            {
                FailedInWavePercent = Number(FailedInWavePercent, "halt.failedInWavePercent", problems),
                Failed = Number(Failed, "halt.failed", problems),
                Health = Number(Unwell, "halt.health.most", problems) is { } most ? new BulkHealthRule { Most = most, After = TimeSpan.FromSeconds(Number(UnwellAfter, "halt.health.after", problems) ?? 0) } : null,
            },
        };
        var request = new BulkRequest(order, pipelines);
        var unreadable = problems.Select(p => p.Field).ToHashSet();
        problems.AddRange(BulkCheck.Problems(request).Where(p => !unreadable.Contains(p.Field)));
        return (request, problems);
    }

    private BulkChange ReadChange(List<BulkProblem> problems)
    {
        var configuration = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var line in Configuration.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = line.IndexOf(": ", StringComparison.Ordinal);
            if (cut > 0) configuration[line[..cut].Trim()] = line[(cut + 2)..].Trim();
            else if (line.StartsWith('-') && !line.Contains(' ', StringComparison.Ordinal)) configuration[line[1..]] = null;
            else problems.Add(new("change.flinkConfiguration", $"'{line}' cannot be read. Write key: value, or -key to take one away."));
        }

        return new BulkChange
        {
            Image = Image.Trim() is { Length: > 0 } image ? image : null,
            ImageTag = ImageTag.Trim() is { Length: > 0 } tag ? tag : null,
            Parallelism = Number(Parallelism, "change.parallelism", problems),
            FlinkConfiguration = configuration,
        };
    }

    private static DateTimeOffset? Moment(string text, string field, List<BulkProblem> problems)
    {
        if (text.Trim().Length == 0) return null;
        if (DateTimeOffset.TryParseExact(text.Trim(), ["yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) return moment;
        problems.Add(new(field, $"'{text.Trim()}' is no moment. Write it in UTC, for example 2026-11-20 13:55."));
        return null;
    }

    private static int? Number(string text, string field, List<BulkProblem> problems)
    {
        if (text.Trim().Length == 0) return null;
        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        problems.Add(new(field, $"'{text.Trim()}' is no whole number."));
        return null;
    }
}
