namespace Sluice.Domain.Operations.Planning;

/// <summary>A duration that was estimated from what happened before.</summary>
/// <param name="Median">Half of the samples took at most this.</param>
/// <param name="Least">The shortest.</param>
/// <param name="Most">The longest.</param>
/// <param name="Samples">How many; count.</param>
/// <param name="From">Whose, in words: <c>restarts of this pipeline</c>.</param>
public sealed record Estimate(TimeSpan Median, TimeSpan Least, TimeSpan Most, int Samples, string From);

/// <summary>A number that may not be known.</summary>
/// <param name="Value">The number; null where it is not known.</param>
/// <param name="Why">How it was worked out, or why it is not known.</param>
public sealed record Guess(double? Value, string Why);

/// <summary>A duration that may not be known.</summary>
/// <param name="Value">The duration; null where it is not known.</param>
/// <param name="Why">How it was worked out, or why it is not known.</param>
public sealed record GuessedTime(TimeSpan? Value, string Why);

/// <summary>
/// What an operation will cost in time and repeated work. The formulas:
/// pause = the median of the pauses of past operations, from the stop of the job to RUNNING;
/// replayed = age of the checkpoint × input rate, 0 from a savepoint that the stop takes;
/// added backlog = pause × input rate;
/// catch-up = (replayed + added + waiting backlog) ÷ (highest rate seen − input rate).
/// </summary>
/// <param name="Pause">From stop to RUNNING; for a job that does not run now: from the request to RUNNING. Null where nothing starts, or without history.</param>
/// <param name="PauseWhy">From what it was estimated, or why it is not known.</param>
/// <param name="Replayed">Records that are read a second time.</param>
/// <param name="BacklogAdded">Records that arrive during the pause.</param>
/// <param name="CatchUp">Time from RUNNING until the backlog is gone.</param>
/// <param name="InputRate">Records per second now.</param>
/// <param name="HighestRate">The highest rate that operations of this pipeline have noted, in records per second.</param>
/// <param name="StepTimes">By step, in order: what that step took before (median); null where not known.</param>
public sealed record OperationPrediction(
    Estimate? Pause,
    string PauseWhy,
    Guess Replayed,
    Guess BacklogAdded,
    GuessedTime CatchUp,
    double? InputRate,
    double? HighestRate,
    IReadOnlyList<TimeSpan?> StepTimes);

/// <summary>How things stood when the plan was made: what the outcome is compared with.</summary>
/// <param name="JobStartedAt">When the job that ran then had been started; null where none had.</param>
/// <param name="JobId">Its id.</param>
/// <param name="Running">True where it was to run: neither suspended nor about to be.</param>
/// <param name="Events">The versions of the operator's events by name; null where they could not be read. Comparing versions needs no clock.</param>
public sealed record PlanBaseline(DateTimeOffset? JobStartedAt, string? JobId, bool Running, IReadOnlyDictionary<string, string>? Events);
