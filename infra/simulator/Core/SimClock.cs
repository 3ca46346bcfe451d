namespace Sluice.Simulator.Core;

/// <summary>
/// The simulator's time: the wall clock plus what was skipped by hand. Delays are divided by the speed, time stamps are not,
/// so that a portal that compares them with its own clock sees plausible ages at every speed.
/// </summary>
internal sealed class SimClock(TimeProvider time, double speed)
{
    private readonly Lock _gate = new();
    private TimeSpan _skipped;
    private double _speed = Check(speed);

    public event Action? Changed;

    public double Speed { get { lock (_gate) return _speed; } }

    public DateTimeOffset Now { get { lock (_gate) return time.GetUtcNow() + _skipped; } }

    public TimeProvider Time => time;

    /// <summary>How long a delay of the simulated world takes on the clock.</summary>
    public TimeSpan Scale(TimeSpan delay) { lock (_gate) return delay / _speed; }

    /// <summary>How long an interval of the clock was in the simulated world.</summary>
    public TimeSpan Unscale(TimeSpan elapsed) { lock (_gate) return elapsed * _speed; }

    public void SetSpeed(double value)
    {
        lock (_gate) _speed = Check(value);
        Changed?.Invoke();
    }

    public void Skip(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (_gate) _skipped += by;
        Changed?.Invoke();
    }

    private static double Check(double speed) =>
        speed is > 0 and <= 10_000 ? speed : throw new ArgumentOutOfRangeException(nameof(speed), speed, "The speed must be above 0 and at most 10000.");
}
