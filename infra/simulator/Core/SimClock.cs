namespace Sluice.Simulator.Core;

/// <summary>
/// The simulator's time: the wall clock plus what was skipped by hand. Delays are divided by the speed, time stamps are not,
/// so that a portal that compares them with its own clock sees plausible ages at every speed.
/// </summary>
internal sealed class SimClock(TimeProvider time, double speed)
{
    private readonly Lock _gate = new();
    private TimeSpan _skipped;
    private DateTimeOffset? _frozen;
    private DateTimeOffset _anchor = time.GetUtcNow();
    private double _anchorSeconds;
    private double _speedBefore = speed;
    private double _speed = Check(speed);

    public event Action? Changed;

    public double Speed { get { lock (_gate) return _speed; } }

    public DateTimeOffset Now { get { lock (_gate) return _frozen ?? time.GetUtcNow() + _skipped; } }

    /// <summary>Holds the clock at a moment, while a past is made up before anybody looks.</summary>
    public void Freeze(DateTimeOffset? at) { lock (_gate) _frozen = at; }

    public TimeProvider Time => time;

    /// <summary>How long a delay of the simulated world takes on the clock.</summary>
    public TimeSpan Scale(TimeSpan delay) { lock (_gate) return delay / _speed; }

    /// <summary>Seconds of the simulated world since the start; goes on without a jump when the speed changes.</summary>
    public double Seconds(DateTimeOffset at)
    {
        lock (_gate) return _anchorSeconds + (at - _anchor).TotalSeconds * (at >= _anchor ? _speed : _speedBefore);
    }

    public void SetSpeed(double value)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow() + _skipped;
            _anchorSeconds += (now - _anchor).TotalSeconds * _speed;
            _anchor = now;
            _speedBefore = _speed;
            _speed = Check(value);
        }
        Changed?.Invoke();
    }

    public void Skip(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (_gate) _skipped += by;
        Changed?.Invoke();
    }

    /// <summary>The clock is wrong from now on by so much more; the simulated world goes on without a jump.</summary>
    public void Shift(TimeSpan by)
    {
        lock (_gate)
        {
            _skipped += by;
            _anchor += by;
        }
        Changed?.Invoke();
    }

    private static double Check(double speed) =>
        speed is > 0 and <= 10_000 ? speed : throw new ArgumentOutOfRangeException(nameof(speed), speed, "The speed must be above 0 and at most 10000.");
}
