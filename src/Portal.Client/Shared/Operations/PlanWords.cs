using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Shared.Operations;

/// <summary>How the parts of a plan and of an outcome are said in the pages. What is not known is said to be.</summary>
public static class PlanWords
{
    public const string Unknown = "not known";

    public static string Of(ChangeClass change) => change switch
    {
        ChangeClass.None => "no change",
        ChangeClass.Ignore => "taken note of",
        ChangeClass.Scale => "scaled in place",
        ChangeClass.Upgrade => "upgrade",
        ChangeClass.Redeploy => "redeployment",
        ChangeClass.Suspend => "suspension",
        ChangeClass.Deploy => "first deployment",
        _ => "deletion",
    };

    public static string Of(JobEffect effect) => effect switch
    {
        JobEffect.KeepsRunning => "keeps running",
        JobEffect.Restarts => "stops and starts",
        JobEffect.Stops => "stops",
        JobEffect.Starts => "starts",
        JobEffect.StaysStopped => "stays stopped",
        JobEffect.IsReplaced => "is replaced",
        _ => "is taken away",
    };

    public static string Of(StateSource source) => source switch
    {
        StateSource.None => "nothing starts",
        StateSource.Empty => "nothing: it begins empty",
        StateSource.NewSavepoint => "a new savepoint",
        StateSource.Known => "the snapshot of the stop",
        StateSource.LastCheckpoint => "the last checkpoint",
        StateSource.Chosen => "the chosen snapshot",
        _ => Unknown,
    };

    public static string Of(ScaleWay way) => way switch
    {
        ScaleWay.InPlace => "in place",
        ScaleWay.Reactive => "reactive",
        ScaleWay.NextStart => "from the next start",
        ScaleWay.None => "no change",
        _ => "redeployment",
    };

    public static string Of(Estimate? estimate) => estimate is null ? Unknown : Format.Words(estimate.Median);

    public static string Range(Estimate estimate) => estimate.Samples == 1
        ? $"once, {estimate.From}"
        : $"{Format.Words(estimate.Least)} to {Format.Words(estimate.Most)} in {estimate.Samples} {estimate.From}";

    public static string Records(double? records) => records is { } known ? $"{Format.Large(known)}\u00a0records" : Unknown;

    public static string Time(GuessedTime guess) => guess.Value is { } known ? known < TimeSpan.FromSeconds(1) ? "at once" : Format.Words(known) : Unknown;

    /// <summary>The tag beside the change; null where the operator sends no word for it.</summary>
    public static string? Term(ChangeClassification change) => change.OperatorTerm ?? change.Class switch
    {
        ChangeClass.Ignore => "IGNORE",
        _ => null,
    };

    public static (string Style, string Icon, string Word) Look(CheckResult result) => result switch
    {
        CheckResult.Holds => ("s-good", "good", "holds"),
        CheckResult.Fails => ("s-bad", "bad", "fails"),
        _ => ("s-unknown", "unknown", "unknown"),
    };

    /// <summary>How the checks came out: <c>3 hold, 1 unknown</c>.</summary>
    public static string Count(IReadOnlyList<StateCheck> checks)
    {
        string?[] parts =
        [
            checks.Count(c => c.Result == CheckResult.Holds) is > 0 and var hold ? $"{hold} {(hold == 1 ? "holds" : "hold")}" : null,
            checks.Count(c => c.Result == CheckResult.Unknown) is > 0 and var unknown ? $"{unknown} unknown" : null,
            checks.Count(c => c.Result == CheckResult.Fails) is > 0 and var fails ? $"{fails} {(fails == 1 ? "fails" : "fail")}" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    /// <summary>What was predicted and what happened, row by row; what has no prediction and no result is left out.</summary>
    public static IReadOnlyList<(string What, string Predicted, string? Real, string? Title)> Rows(Operation operation, TimeSpan? pauseSoFar)
    {
        if (operation.Plan is not { Classification: { } change } plan) return [];
        var (real, ended) = (operation.Outcome, operation.Ended);
        var rows = new List<(string, string, string?, string?)>
        {
            ("The job", Of(change.Effect), real?.Effect is { } effect ? Of(effect) : ended ? Unknown : null, change.Words),
            ("Operator’s word", change.OperatorTerm ?? "none", real?.OperatorTerms is { } terms ? terms.Count == 0 ? "none" : string.Join(", ", terms) : ended ? Unknown : null, real?.OperatorSaid),
        };
        if (change is { Mode: { } mode, Effect: not JobEffect.Ends }) rows.Add(("State carried by", Word(mode), real?.Mode ?? (ended ? Unknown : null), change.ModeWhy));
        foreach (var vertex in plan.Scaling?.Vertices ?? [])
            if (vertex.After is { } after)
                rows.Add((Format.CutMiddle(vertex.Name, 20, 6), Subtasks(after), real?.Vertices?.FirstOrDefault(v => v.Id == vertex.Id) is { } came ? Subtasks(came.Real) : ended ? Unknown : null, $"Subtasks of {vertex.Name}"));
        if (!change.Restores || plan.Prediction is not { } guess) return rows;
        var from = real?.RestoredFrom is { } path ? Format.CutMiddle(path[(path.TrimEnd('/').LastIndexOf('/') + 1)..], 14, 6) : ended ? Unknown : null;
        if (change.Starts) rows.Add((change.Effect == JobEffect.Restarts ? "Pause" : "Until it runs", Of(guess.Pause), real?.Pause is { } pause ? Format.Words(pause) : ended ? Unknown : pauseSoFar is { } far ? $"{Format.Words(far)} so far" : null, real?.PauseFrom ?? guess.PauseWhy));
        if (plan.State is { Source: not (StateSource.Empty or StateSource.None) } state) rows.Add(("Restored from", Of(state.Source), from, real?.RestoredFrom ?? state.Path));
        if (!change.Starts) rows.Add(("Read by both, at least", Records(guess.Replayed.Value), null, guess.Replayed.Why));
        else rows.Add(("Replayed", Records(guess.Replayed.Value), real?.Replayed is { } again ? Records(again) : ended ? Unknown : null, guess.Replayed.Why));
        return rows;
    }

    private static string Subtasks(int count) => Format.Plural(count, "subtask");

    // As the operator writes it down; a cancelled job is restored from a path, which it calls savepoint.
    private static string Word(StopMode mode) => mode switch
    {
        StopMode.Stateless => "stateless",
        StopMode.LastState => "last-state",
        _ => "savepoint",
    };
}
