using System.Text.Json.Nodes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Guards;

/// <summary>Writes down a change of the spec for a pipeline whose manifest is kept elsewhere.</summary>
internal static class SpecPatchMaker
{
    /// <param name="kind">What would change it.</param>
    /// <param name="context">For which pipeline.</param>
    /// <param name="start">The savepoint that a deployment under another name has to start from; null where the name stays.</param>
    /// <param name="cancellationToken">Calls it off.</param>
    public static async Task<SpecPatchFile> MakeAsync(IOperationKind kind, PlanContext context, string? start, CancellationToken cancellationToken)
    {
        var key = context.Request.Pipeline;
        var (before, root) = await BeforeAsync(context, cancellationToken);
        var after = context.Request.Manifest ?? ManifestEditor.Apply(before, await AfterAsync(kind, context, root, cancellationToken));
        if (start is not null && ManifestYaml.TryParse(after, out var document, out _)) after = ManifestEditor.Apply(after, ForkManifest.StartingFrom(document.Root, start, context.Request.AllowNonRestoredState));
        var path = context.Pipeline?.Git?.Path is { Length: > 0 } known ? known : $"{key.Namespace}/{key.Name}.yaml";
        return new SpecPatchFile(path, UnifiedDiff.Patch(before, after, path), after.EndsWith('\n') ? after : after + "\n");
    }

    /// <summary>The revision's text where it says what is on the cluster: a person wrote it, with comments.</summary>
    private static async Task<(string Text, JsonObject Root)> BeforeAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var live = DesiredManifest.Of(context.Resource!.Json, context.Request.Pipeline, null);
        var revisions = context.Pipeline is { } pipeline ? await context.Environment.Pipelines.RevisionsAsync(pipeline.Id, cancellationToken) : [];
        return revisions is [var newest, ..] && ManifestYaml.TryParse(newest.Manifest, out var document, out _) && SpecComparison.Compare(document.Root["spec"] as JsonObject, live["spec"] as JsonObject).Count == 0
            ? (newest.Manifest, document.Root)
            : (ManifestYaml.ToText(live), live);
    }

    private static async Task<JsonObject> AfterAsync(IOperationKind kind, PlanContext context, JsonObject before, CancellationToken cancellationToken)
    {
        var after = (JsonObject)before.DeepClone();
        if (await kind.WriteAsync(context, cancellationToken) is not { Spec: { } spec }) return after;
        after["spec"] = spec.DeepClone();
        DesiredManifest.ClearMomentary(after, before);
        // The mode that carries the state through the operation is put back by it, so it is no part of the change.
        if (after["spec"]?["job"] is JsonObject job) DesiredManifest.Set(job, "upgradeMode", before["spec"]?["job"]?["upgradeMode"]);
        return after;
    }
}
