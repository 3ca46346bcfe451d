using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>
/// Deletes the resource of a version that does not run and creates it again: with operators that have no request for it this is the only way to another snapshot that always works.
/// They take no notice of a corrected spec where a version's <c>main()</c> threw.
/// </summary>
internal static class Recreation
{
    private const string Body = "body";
    private const string Failed = "uid";
    private const string LetGo = "letGo";

    /// <summary>
    /// True where operator 1.7 will never let go of a deleted resource: its version's <c>main()</c> threw, and the operator asks the job that never was for its checkpoints, again and again.
    /// </summary>
    public static bool IsStuck(FlinkObject seen) =>
        seen.Record is { DeletedAt: not null, Resource: FlinkResource.Deployment } && !seen.Runs && seen.Record.Error is { } error && PipelineCauses.HidesFailedStart(error);

    /// <summary>
    /// Takes the JobManager away from the operator: without one it asks nothing and lets go. To take the finalizer off instead would be worse than to wait: operator 1.7 keeps the status of a
    /// resource that it has not cleaned up, and gives it to the next one of that name, which then never starts.
    /// </summary>
    public static async Task LetGoAsync(StepContext context, FlinkObject seen, CancellationToken cancellationToken)
    {
        var key = context.Pipeline;
        try
        {
            if (context.Data[LetGo] is null)
            {
                await context.NoteAsync("sent", $"DELETE deployments/{seen.DeploymentName}: the operator never lets go of a version whose main() threw while its JobManager answers", cancellationToken);
                await context.RememberAsync(LetGo, context.Now, cancellationToken);
            }
            await context.Api.DeleteAsync(KubernetesResource.Deployments, key.Namespace, seen.DeploymentName, null, new KubernetesWrite(), cancellationToken);
            await context.SayAsync("The operator did not let go of a version whose main() threw, so its JobManager is deleted.", cancellationToken);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            await context.SayAsync("The JobManager of the version whose main() threw is deleted; the operator takes note of it.", cancellationToken);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.Denied)
        {
            await context.SayAsync($"The operator never lets go of a version whose main() threw while its JobManager answers, and Sluice may not delete that: {e.Message} Delete the Deployment {key.Namespace}/{seen.DeploymentName} by hand; this operation goes on then.", cancellationToken);
        }
    }

    /// <summary>True where this step has set out on it: there may be no resource to look at.</summary>
    public static bool HasBegun(StepContext context) => context.Data[Body] is not null;

    /// <summary>Ends when the new resource is there. Every part finds out whether it is done.</summary>
    public static async Task RunAsync(StepContext context, Func<FlinkObject, JsonObject> newBody, CancellationToken cancellationToken)
    {
        if (context.Data[Body] is null)
        {
            var seen = await context.RequireAsync(cancellationToken);
            (context.Data["at"], context.Data[Failed]) = (context.Now, seen.Uid);
            await context.RememberAsync(Body, newBody(seen), cancellationToken);
        }
        var (failed, begun) = ((string?)context.Data[Failed], context.Now);
        while (true)
        {
            var seen = await context.ReadAsync(cancellationToken);
            if (seen is null)
            {
                if (!await JobManagerStandsAsync(context, cancellationToken)) await CreateAsync(context, cancellationToken);
            }
            else if (seen.Uid != failed)
            {
                if (seen.WrittenBy(context.Operation.Id)) return;
                throw new OperationFailedException($"{context.Pipeline} was created by someone else while Sluice created it again. That one stands. The state is in {SharedSteps.StoppedPath(context)}; redeploy from it if the job does not run from there.");
            }
            else if (seen.Record.DeletedAt is null) await DeleteAsync(context, failed, cancellationToken);
            else if (IsStuck(seen) && context.Now - begun >= context.Environment.Timing.ErrorPatience) await LetGoAsync(context, seen, cancellationToken);
            else await context.SayAsync($"The operator takes the failed version down: {seen.Words}", cancellationToken);
            await context.PauseAsync(cancellationToken);
        }
    }

    /// <summary>A new JobManager of the same name can start only once the old one has gone. Where the portal may not look, the operator finds out by trying.</summary>
    private static async Task<bool> JobManagerStandsAsync(StepContext context, CancellationToken cancellationToken)
    {
        try
        {
            var found = await context.Api.ListAsync(KubernetesResource.Deployments, context.Pipeline.Namespace, new KubernetesListQuery(FieldSelector: $"metadata.name={context.Pipeline.Name}"), cancellationToken);
            return found.Items.Count > 0;
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.Denied)
        {
            await context.NoteAsync("Kubernetes", e.Message, cancellationToken);
            return false;
        }
    }

    private static async Task DeleteAsync(StepContext context, string? uid, CancellationToken cancellationToken)
    {
        var key = context.Pipeline;
        await context.NoteAsync("sent", $"DELETE {key.KubernetesResource.Plural}/{key.Name} of uid {uid}", cancellationToken);
        try
        {
            await context.Api.DeleteAsync(key.KubernetesResource, key.Namespace, key.Name, uid, new KubernetesWrite(), cancellationToken);
        }
        catch (KubernetesException e) when (e.Error is KubernetesError.NotFound or KubernetesError.Conflict)
        {
            await context.NoteAsync("Kubernetes", e.Message, cancellationToken);
        }
    }

    private static async Task CreateAsync(StepContext context, CancellationToken cancellationToken)
    {
        var body = (JsonObject)context.Data[Body]!.DeepClone();
        if (await SharedSteps.PostAsync(context, context.Pipeline.KubernetesResource, body, cancellationToken) is { } exists) await context.NoteAsync("Kubernetes", exists.Message, cancellationToken);
    }
}
