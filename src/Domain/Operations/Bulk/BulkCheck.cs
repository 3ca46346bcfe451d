using System.Globalization;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Which values a run may have. Every value that is not allowed is named with what is.</summary>
public static class BulkCheck
{
    /// <summary>As large as a wave may be.</summary>
    public const int LargestWave = 500;

    /// <summary>What is not allowed; empty where all is.</summary>
    public static IReadOnlyList<BulkProblem> Problems(BulkRequest request)
    {
        var order = request.Order;
        var problems = new List<BulkProblem>();
        if (request.Pipelines.Count == 0) problems.Add(new("pipelines", "No pipeline is chosen. Name pipelines, or a query of the list that finds some."));
        if (request.Pipelines.Count > BulkRequest.Most)
            problems.Add(new("pipelines", string.Create(CultureInfo.InvariantCulture, $"{request.Pipelines.Count:N0} pipelines are chosen; one run takes {BulkRequest.Most:N0} at most. Narrow the query, or make several runs.")));
        if (!BulkOrder.Kinds.Contains(order.Kind))
            problems.Add(new("kind", $"{Word(order.Kind.ToString())} needs something of each pipeline's own. Of many at once there is {string.Join(", ", BulkOrder.Kinds.Select(k => Word(k.ToString())))}."));
        if (order.Reason.Length > 500) problems.Add(new("reason", "A reason has at most 500 characters."));
        Change(order, problems);
        Scale(order, problems);
        Fork(order, problems);
        if (order.SavepointBefore is not null && !BulkOrder.TakesSavepoint(order.Kind))
            problems.Add(new("savepointBefore", "Only redeploy, rollback and fork begin from a savepoint that is there already. Leave it out, or choose one of them."));
        if (order.InForceAt is not null && order.Kind != OperationKind.Rollback) problems.Add(new("inForceAt", "Only a rollback goes back to a moment. Leave it out, or choose rollback."));
        var (waves, halt) = (order.Waves, order.Halt);
        Between("waves.canary", waves.Canary, 0, 100, problems);
        Between("waves.size", waves.Size, 1, LargestWave, problems);
        Between("waves.perCluster", waves.PerCluster, 1, 100, problems);
        Between("waves.perTeam", waves.PerTeam, 1, 100, problems);
        Between("waves.pause", waves.Pause, TimeSpan.FromHours(24), problems);
        Between("halt.failedInWave", halt.FailedInWave, 0, BulkRequest.Most, problems);
        Between("halt.failed", halt.Failed, 0, BulkRequest.Most, problems);
        Between("halt.failedInWavePercent", halt.FailedInWavePercent, 0, 100, problems);
        Between("halt.failedPercent", halt.FailedPercent, 0, 100, problems);
        if (halt.Health is not { } health) return problems;
        Between("halt.health.most", health.Most, 0, BulkRequest.Most, problems);
        Between("halt.health.after", health.After, TimeSpan.FromHours(1), problems);
        return problems;
    }

    private static void Change(BulkOrder order, List<BulkProblem> problems)
    {
        if (!BulkOrder.TakesChange(order.Kind))
        {
            if (order.Change is not null) problems.Add(new("change", "Only upgrades and forks take a change of specs. Leave it out, or choose upgrade, sideBySide or fork."));
            return;
        }

        if (order.Change is not { IsEmpty: false } change)
        {
            if (order.Kind != OperationKind.Fork) problems.Add(new("change", "An upgrade needs a change: image, imageTag, parallelism, flinkConfiguration or patch."));
            return;
        }

        if (change.Image is { } image && (image.Trim().Length is 0 or > 500 || image.Any(char.IsWhiteSpace))) problems.Add(new("change.image", "An image is a reference without spaces, for example registry.example/team/app:1.4.2."));
        if (change.ImageTag is { } tag && (tag.Length is 0 or > 128 || !tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') || tag[0] is '.' or '-'))
            problems.Add(new("change.imageTag", "A tag has at most 128 letters, digits, dots, dashes and underscores, and begins with none of the first two marks."));
        Between("change.parallelism", change.Parallelism, 1, 32_768, problems);
        if (change.FlinkConfiguration.Keys.FirstOrDefault(k => k.Trim().Length == 0 || k.Any(char.IsWhiteSpace)) is { } key) problems.Add(new("change.flinkConfiguration", $"'{key}' is no key: keys have no spaces."));
        if (change.Patch?["job"] is System.Text.Json.Nodes.JsonObject job && job.ContainsKey("state")) problems.Add(new("change.patch.job.state", "The state of jobs is changed by suspend and resume, not by an upgrade."));
    }

    private static void Scale(BulkOrder order, List<BulkProblem> problems)
    {
        if (order.Kind != OperationKind.Scale)
        {
            if (order.Scale is not null) problems.Add(new("scale", "Only scaling changes sizes. Leave it out, or choose scale."));
            return;
        }

        if (order.Scale is not { } target || target is { Parallelism: null, TaskManagers: null, Slots: null })
            problems.Add(new("scale", "Scaling needs a size: parallelism, taskManagers or slots."));
        else if (target.Vertices.Count > 0)
            problems.Add(new("scale.vertices", "Vertices have ids of each pipeline's own. Scale them one pipeline at a time."));
        Between("scale.parallelism", order.Scale?.Parallelism, 1, 32_768, problems);
        Between("scale.taskManagers", order.Scale?.TaskManagers, 1, 10_000, problems);
        Between("scale.slots", order.Scale?.Slots, 1, 1_000, problems);
    }

    private static void Fork(BulkOrder order, List<BulkProblem> problems)
    {
        if (order.Kind != OperationKind.Fork)
        {
            if (order.Fork is not null) problems.Add(new("fork", "Only forks get names. Leave it out, or choose fork."));
            return;
        }

        if (order.Fork is not { } fork || fork.Suffix.Length == 0) problems.Add(new("fork", "Forks need names of their own: say what they have in addition, for example -staging."));
        else if (fork.Suffix.Length > 30 || !ForkRules.IsName("a" + fork.Suffix)) problems.Add(new("fork.suffix", $"'{fork.Suffix}' is no end of a name: at most 30 small letters, digits and '-', and a letter or digit at the end."));
        if (order.Fork?.Namespace is { } ns && !ForkRules.IsNamespace(ns)) problems.Add(new("fork.namespace", $"'{ns}' is no namespace: at most 63 small letters, digits and '-'."));
    }

    private static void Between(string field, int? value, int least, int most, List<BulkProblem> problems)
    {
        if (value is { } number && (number < least || number > most)) problems.Add(new(field, string.Create(CultureInfo.InvariantCulture, $"{number} is not allowed: a whole number from {least:N0} to {most:N0}.")));
    }

    private static void Between(string field, TimeSpan value, TimeSpan most, List<BulkProblem> problems)
    {
        if (value < TimeSpan.Zero || value > most) problems.Add(new(field, string.Create(CultureInfo.InvariantCulture, $"It is not allowed: from nothing to {most.TotalHours:N0} h, for example PT2M for two minutes.")));
    }

    private static string Word(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
