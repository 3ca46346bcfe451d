using Sluice.Domain.Operations;

namespace Sluice.Portal.Configuration;

/// <summary>How long operations wait for what, as time spans such as <c>00:01:30</c>; see <see cref="OperationTiming"/>. What is not set is as there.</summary>
public sealed class OperationOptions
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Most = TimeSpan.FromDays(7);

    public TimeSpan? Poll { get; set; }

    public TimeSpan? OperatorSilence { get; set; }

    public TimeSpan? ErrorPatience { get; set; }

    public TimeSpan? Quick { get; set; }

    public TimeSpan? Savepoint { get; set; }

    public TimeSpan? Start { get; set; }

    public TimeSpan? Verify { get; set; }

    public TimeSpan? Deletion { get; set; }

    public OperationTiming ToTiming()
    {
        var standard = new OperationTiming();
        return new()
        {
            Poll = Poll ?? standard.Poll,
            OperatorSilence = OperatorSilence ?? standard.OperatorSilence,
            ErrorPatience = ErrorPatience ?? standard.ErrorPatience,
            Quick = Quick ?? standard.Quick,
            Savepoint = Savepoint ?? standard.Savepoint,
            Start = Start ?? standard.Start,
            Verify = Verify ?? standard.Verify,
            Deletion = Deletion ?? standard.Deletion,
        };
    }

    public IEnumerable<string> Problems(string key)
    {
        var timing = ToTiming();
        (string Name, TimeSpan Value)[] all =
        [
            (nameof(Poll), timing.Poll), (nameof(OperatorSilence), timing.OperatorSilence), (nameof(ErrorPatience), timing.ErrorPatience), (nameof(Quick), timing.Quick),
            (nameof(Savepoint), timing.Savepoint), (nameof(Start), timing.Start), (nameof(Verify), timing.Verify), (nameof(Deletion), timing.Deletion),
        ];
        foreach (var (name, value) in all)
        {
            // A plain number is read as days: 90 would be three months.
            if (value < Least || value > Most) yield return $"{key}:{name}: {value} is not between {Least} and {Most}. Write hours, minutes and seconds, for example 00:01:30.";
            else if (name != nameof(Poll) && value < timing.Poll) yield return $"{key}:{name}: {value} is shorter than Poll ({timing.Poll}): it would be over before the first look.";
        }
    }
}
