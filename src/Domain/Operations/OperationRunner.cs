using System.Data.Common;
using System.Globalization;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>A point of a step between two things that last: where a crash leaves a different picture behind.</summary>
public enum StepBoundary
{
    /// <summary>The step is recorded as begun; it has done nothing. Of what a person or the gate decides: nothing is recorded.</summary>
    Before,

    /// <summary>The step has done its work; that is not recorded.</summary>
    After,

    /// <summary>The step is recorded as done.</summary>
    Recorded,
}

/// <summary>
/// Carries out one claimed operation, step by step, each recorded before and after. It may end anywhere: whoever claims the operation next begins
/// at the first step that is not recorded as done, and that step finds out what of its work is there.
/// </summary>
public sealed class OperationRunner(IOperationStore store, IEnumerable<IOperationKind> kinds, OperationEnvironment environment, TimeSpan lease)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    // A successor gets at least this long, also where the deadline passed while no replica was there.
    private static readonly TimeSpan GraceAfterTakeover = TimeSpan.FromMinutes(1);

    private readonly Dictionary<OperationKind, IOperationKind> _kinds = kinds.ToDictionary(k => k.Kind);
    private readonly OutcomeReader _outcomes = new(environment);

    /// <summary>Called at each boundary of each step; for tests that end the process there.</summary>
    public Func<Operation, string, StepBoundary, CancellationToken, Task>? Boundary { get; init; }

    /// <summary>Works on the operation until it ended, waits for a person, was taken over, or the token ends the work.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    public async Task RunAsync(Operation operation, CancellationToken stopping)
    {
        using var working = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var session = new OperationSession(store, operation);
        var renewing = RenewAsync(session, working);
        try
        {
            await RunStepsAsync(session, working.Token);
        }
        finally
        {
            await working.CancelAsync();
            await renewing;
        }
    }

    private async Task RunStepsAsync(OperationSession session, CancellationToken cancellationToken)
    {
        var operation = session.Operation;
        if (operation.StartedAt is null) await session.SaveAsync(operation with { StartedAt = environment.Time.GetUtcNow() }, null, cancellationToken);
        var definitions = _kinds[operation.Kind].Steps(OperationParameters.Read(operation.Parameters)).ToDictionary(s => s.Name);
        for (var index = 0; index < session.Operation.Steps.Length; index++)
        {
            var step = session.Operation.Steps[index];
            if (step.State is StepState.Done or StepState.Skipped) continue;
            if (!definitions.TryGetValue(step.Name, out var definition))
            {
                await EndAsync(session, step, OperationState.Failed, $"This version of Sluice does not know the step {step.Name}. Look at the pipeline's page for its state now, and ask again.", cancellationToken);
                return;
            }
            if (!await RunStepAsync(session, index, definition, cancellationToken)) return;
        }
        var last = session.Operation.Steps.LastOrDefault(s => s.State == StepState.Done && s.Message.Length > 0);
        await EndAsync(session, null, OperationState.Succeeded, last?.Message ?? "Done.", cancellationToken);
    }

    /// <summary>True where the next step may begin.</summary>
    private async Task<bool> RunStepAsync(OperationSession session, int index, StepDefinition definition, CancellationToken stopping)
    {
        var step = session.Operation.Steps[index];
        var cluster = session.Operation.Pipeline.Cluster;
        if (environment.Clusters.Api(cluster) is null)
        {
            await GiveUpAsync(session, step, CurrentClusterApi.Absent(cluster), null, stopping);
            return false;
        }
        var context = new StepContext(session, index, environment, new CurrentClusterApi(environment.Clusters, cluster));
        var cancellable = definition.CancelAsync is not null || step.State == StepState.Failed || step.EndedAt is not null;
        session.AllowCancel(cancellable);
        if (session.CancelRequested && cancellable)
        {
            await CancelAsync(session, context, definition, stopping);
            return false;
        }

        var now = environment.Time.GetUtcNow();
        var deadline = now + definition.Timeout;
        if (step.State == StepState.Running && step.Deadline is { } old) deadline = old > now + GraceAfterTakeover ? old : now + GraceAfterTakeover;
        await session.SaveAsync(
            session.Operation with { Message = definition.Title },
            step with { State = StepState.Running, Attempts = step.Attempts + 1, StartedAt = step.StartedAt ?? now, EndedAt = null, Deadline = deadline }, stopping);
        await AtAsync(session, definition, StepBoundary.Before, stopping);

        using var limit = new CancellationTokenSource(deadline - now, environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        try
        {
            var result = await RepeatAsync(context, session, definition, both.Token);
            await AtAsync(session, definition, StepBoundary.After, stopping);
            await session.SaveStepAsync(context.Step with { State = result.State, Message = Redactor.Redact(result.Message), EndedAt = environment.Time.GetUtcNow(), Deadline = null }, stopping);
            await AtAsync(session, definition, StepBoundary.Recorded, stopping);
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            var seen = context.Step.Message.Length > 0 ? $" What was seen last: {context.Step.Message}" : "";
            await GiveUpAsync(session, context.Step, $"\"{definition.Title}\" did not end within {Words(definition.Timeout)}.{seen}", null, stopping);
        }
        catch (StepGaveUpException e)
        {
            await GiveUpAsync(session, context.Step, e.Message, e.RetryFrom, stopping);
        }
        catch (StepCancelledException)
        {
            await CancelAsync(session, context, definition, stopping);
        }
        catch (OperationFailedException e)
        {
            await EndAsync(session, context.Step with { State = StepState.Failed, Message = Redactor.Redact(e.Message), EndedAt = environment.Time.GetUtcNow() }, OperationState.Failed, e.Message, stopping);
        }
        return false;
    }

    /// <summary>Runs the step's work again after faults that pass: the same way as after a crash, so there is one way only.</summary>
    private async Task<StepResult> RepeatAsync(StepContext context, OperationSession session, StepDefinition definition, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                return await definition.RunAsync(context, cancellationToken);
            }
            catch (KubernetesException e) when (e.Error == KubernetesError.Conflict)
            {
                // The operator writes often; the next attempt reads anew.
                await context.NoteAsync("Kubernetes", e.Message, cancellationToken);
            }
            catch (KubernetesException e) when (Passes(e.Error))
            {
                await context.NoteAsync("Kubernetes", e.Message, cancellationToken);
                await context.SayAsync($"{e.Message} Sluice tries again.", cancellationToken);
            }
            catch (FlinkException) when (environment.Clusters.Api(context.Api.Cluster) is null)
            {
                throw new StepGaveUpException(CurrentClusterApi.Absent(context.Api.Cluster));
            }
            catch (FlinkException e)
            {
                await context.SayAsync($"The JobManager did not answer: {e.Message} Sluice tries again.", cancellationToken);
            }
            catch (KubernetesException e) when (e.Error is KubernetesError.Invalid or KubernetesError.Denied)
            {
                throw new OperationFailedException($"The cluster refused: {e.Message}{Causes(e)} This step changed nothing; what ran before it still stands.", e);
            }
            catch (KubernetesException e) when (environment.Clusters.Api(context.Api.Cluster) is null)
            {
                throw new StepGaveUpException(e.Error == KubernetesError.Configuration ? e.Message : CurrentClusterApi.Absent(context.Api.Cluster));
            }
            catch (KubernetesException e)
            {
                throw new StepGaveUpException($"{e.Message}{Causes(e)} Once that is put right, retry.");
            }
            catch (ManifestYamlException e)
            {
                throw new OperationFailedException($"The manifest cannot be read: {e.Message} Nothing was changed.", e);
            }
            catch (Exception e) when (e is not (OperationCanceledException or OperationFailedException or StepGaveUpException or StepCancelledException or FencedOutException or DbException))
            {
                throw new StepGaveUpException($"An unexpected fault in Sluice: {e.GetType().Name}: {e.Message} Retry, or cancel and look at the pipeline's page for its state now.");
            }
            session.ThrowIfCancelled(context.Step.Index);
            await Task.Delay(pause, environment.Time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task CancelAsync(OperationSession session, StepContext context, StepDefinition definition, CancellationToken stopping)
    {
        string words;
        using var limit = new CancellationTokenSource(environment.Timing.Quick, environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        try
        {
            var undo = definition with { RunAsync = async (c, t) => StepResult.Skipped(definition.CancelAsync is null ? "Sluice no longer follows it. What the operator was asked for still stands; the pipeline's page shows its state." : await definition.CancelAsync(c, t)) };
            session.AllowCancel(false);
            words = (await RepeatAsync(context, session, undo, both.Token)).Message;
        }
        catch (Exception e) when (e is StepGaveUpException or OperationFailedException || (e is OperationCanceledException && limit.IsCancellationRequested && !stopping.IsCancellationRequested))
        {
            var why = e is OperationCanceledException ? context.Step.Message : e.Message;
            await GiveUpAsync(session, context.Step, $"The cancellation could not be carried out: {why}", null, stopping);
            return;
        }
        await EndAsync(session, context.Step with { State = StepState.Skipped, Message = "Called off.", EndedAt = environment.Time.GetUtcNow(), Deadline = null }, OperationState.Cancelled, words, stopping);
    }

    private async Task GiveUpAsync(OperationSession session, OperationStep step, string message, string? retryFrom, CancellationToken cancellationToken)
    {
        message = Redactor.Redact(message);
        await session.SaveAsync(
            session.Operation with { State = OperationState.Waiting, Message = message },
            step with { State = StepState.Failed, Message = message, EndedAt = environment.Time.GetUtcNow(), Deadline = null, Data = RetryPoint.Set(step.Data, retryFrom) }, cancellationToken);
    }

    private async Task EndAsync(OperationSession session, OperationStep? step, OperationState state, string message, CancellationToken cancellationToken)
    {
        var ended = environment.Time.GetUtcNow();
        var operation = session.Operation;
        if (step is not null) operation = operation with { Steps = operation.Steps.SetItem(step.Index, step) };
        var outcome = await _outcomes.ReadAsync(operation, state, cancellationToken);
        await session.SaveAsync(session.Operation with { State = state, Message = Redactor.Redact(message), EndedAt = ended, Outcome = outcome }, step, cancellationToken);
    }

    private Task AtAsync(OperationSession session, StepDefinition definition, StepBoundary boundary, CancellationToken cancellationToken)
        => Boundary?.Invoke(session.Operation, definition.Name, boundary, cancellationToken) ?? Task.CompletedTask;

    private async Task RenewAsync(OperationSession session, CancellationTokenSource working)
    {
        var renewed = environment.Time.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(lease / 3, environment.Time, working.Token);
                try
                {
                    if (await store.RenewAsync(session.Operation.Id, session.Operation.Fence, lease, working.Token)) session.NoteCancelRequest();
                    renewed = environment.Time.GetTimestamp();
                }
                catch (DbException) when (environment.Time.GetElapsedTime(renewed) < lease)
                {
                    // The lease still holds; the next attempt may come through.
                    continue;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or FencedOutException or DbException)
        {
            // Without a lease this replica must not act.
            await working.CancelAsync();
        }
    }

    private static bool Passes(KubernetesError error) => error is KubernetesError.Unreachable or KubernetesError.Timeout or KubernetesError.Server
        or KubernetesError.Throttled or KubernetesError.BadAnswer or KubernetesError.Expired;

    private static string Causes(KubernetesException e) => e.Causes.Count == 0 ? "" : " " + string.Join("; ", e.Causes.Select(c => c.Field.Length == 0 ? c.Message : $"{c.Field}: {c.Message}")) + ".";

    private static string Words(TimeSpan time) => time.TotalHours >= 2 ? GoLiveWhen.Time(time) : time.TotalMinutes >= 2
        ? $"{Math.Round(time.TotalMinutes).ToString(CultureInfo.InvariantCulture)} minutes"
        : $"{Math.Round(time.TotalSeconds).ToString(CultureInfo.InvariantCulture)} s";
}
