using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>What a side-by-side upgrade would do, and what stands against it.</summary>
internal static partial class SideBySidePlan
{
    /// <summary>The name of the next generation: <c>orders</c>, <c>orders-g2</c>, <c>orders-g3</c>.</summary>
    public static string NextName(string name)
    {
        var found = Generation().Match(name);
        return found.Success && int.TryParse(found.Groups[2].Value, CultureInfo.InvariantCulture, out var number)
            ? $"{found.Groups[1].Value}-g{(number + 1).ToString(CultureInfo.InvariantCulture)}"
            : $"{name}-g2";
    }

    /// <summary>Gives the new deployment its name, and the manifest with it: the one that was handed over, or the newest revision.</summary>
    public static async Task<OperationRequest> CompleteAsync(OperationRequest request, IPipelineStore pipelines, CancellationToken cancellationToken)
    {
        request = request with { Beside = string.IsNullOrWhiteSpace(request.Beside) ? NextName(request.Pipeline.Name) : request.Beside.Trim() };
        var manifest = request.Manifest;
        if (string.IsNullOrWhiteSpace(manifest) && await pipelines.FindAsync(request.Pipeline, cancellationToken) is { } known)
            manifest = (await pipelines.RevisionsAsync(known.Id, cancellationToken)).MaxBy(r => r.Number)?.Manifest;
        // A manifest that cannot be read stays as it is, so that the plan can say why.
        return request with { Manifest = manifest is null ? null : ForkManifest.Of(manifest, Key(request)) ?? manifest };
    }

    public static JsonObject? Manifest(OperationRequest request, List<string> problems) => ManifestPlan.Read(request with { Pipeline = Key(request) }, problems);

    public static async Task<OperationPlan> MakeAsync(IOperationKind kind, PlanContext context, CancellationToken cancellationToken)
    {
        var (request, problems, cautions, to) = (context.Request, context.ExistingProblems(), new List<string>(), Key(context.Request));
        var change = "";
        await AddProblemsAsync(context, to, problems, cancellationToken);
        if (Manifest(request, problems) is { } manifest && context.Resource is { } seen && manifest["spec"] is JsonObject spec)
        {
            var body = ForkManifest.StartingFrom(manifest, "<the new savepoint>", request.AllowNonRestoredState);
            change = UnifiedDiff.Between(ManifestYaml.ToText(Shown(request.Pipeline.Name, seen.Spec)), ManifestYaml.ToText(Shown(to.Name, (JsonObject)body["spec"]!)));
            if (spec["job"] is null) problems.Add("The manifest has no job: it is a session cluster, and carries no state.");
            else if ((string?)spec["job"]?["state"] == "suspended") problems.Add("The manifest says state: suspended. The new version has to run before the old one can go.");
            cautions.Add($"From the savepoint until {context.Name} has stopped, both process the same records: what they write in that time is there twice. That holds for exactly-once sinks too, because two jobs commit it; only a sink that overwrites by key comes out the same. Upgrade with a stop where that must not be.");
            // A sink of its own would leave out what the old one wrote.
            cautions.AddRange(SharedOutside.Between(seen.Spec, spec).SkipLast(1).Where(c => !c.StartsWith("Both would use the sink", StringComparison.Ordinal)));
            cautions.Add($"Both need their pods at once, and the deployment is called {to.Name} afterwards: its service is {to.Name}-rest, and what names {context.Name} outside of Sluice has to follow. Sluice keeps the pipeline's revisions and history.");
            if (problems.Count == 0)
                await ManifestPlan.DryRunAsync(() => context.Api.CreateAsync(to.KubernetesResource, to.Namespace, ForkManifest.StartingFrom(manifest, "", request.AllowNonRestoredState), new KubernetesWrite(DryRun: true), cancellationToken), problems);
        }
        return new OperationPlan(
            $"Start the new version of {context.Name} as {to.Name} beside it, from a savepoint of it; once that runs, stop {context.Name} and take it away.", PlanTexts.Titles(kind, request), change,
            $"A new savepoint of {context.Name}, which runs on until {to.Name} does.", false, request.AllowNonRestoredState ? ["State in the savepoint that none of the new version's operators takes up."] : [], problems, cautions);
    }

    private static async Task AddProblemsAsync(PlanContext context, PipelineKey to, List<string> problems, CancellationToken cancellationToken)
    {
        if (!ForkRules.IsName(to.Name)) problems.Add(ForkRules.NameProblem(to.Name));
        if (to == context.Request.Pipeline) problems.Add("The new version needs a name of its own.");
        else if (await context.Environment.Pipelines.FindAsync(to, cancellationToken) is not null) problems.Add($"{to} is registered already. Choose another name.");
        else if (ForkRules.IsName(to.Name) && await ExistsAsync(context, to, cancellationToken)) problems.Add($"{to} exists already. Choose another name.");
        if (to.Resource == FlinkResource.SessionJob) problems.Add("A session job shares its session cluster with others. Upgrade it with a stop, or fork it.");
        if (context.Resource is not { Record.HasJob: true } seen) return;
        if (UpgradeOperation.IsForeign(context.Request, seen)) problems.Add("Someone changed the deployment since you began to edit. Load it again and repeat your change.");
        if (!seen.Runs) problems.Add($"{PlanTexts.NotRunning(seen)} Upgrade it with a stop instead.");
        if (seen.Record.DrainsOnStop) problems.Add("The drain switch is on: the stop of the old version at the end would end all its windows early. Turn it off by an upgrade of that key alone first.");
        PlanTexts.SavepointDirectory(seen, problems);
    }

    private static async Task<bool> ExistsAsync(PlanContext context, PipelineKey key, CancellationToken cancellationToken) =>
        await context.Api.FindAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken) is not null;

    private static PipelineKey Key(OperationRequest request) => request.Pipeline with { Name = request.Beside ?? NextName(request.Pipeline.Name) };

    private static JsonObject Shown(string name, JsonObject spec)
    {
        var shown = RolloutSteps.Shown(spec);
        return new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = shown["spec"]!.DeepClone() };
    }

    [GeneratedRegex(@"^(.+)-g(\d{1,6})$")]
    private static partial Regex Generation();
}
