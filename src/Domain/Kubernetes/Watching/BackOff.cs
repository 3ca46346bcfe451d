namespace Sluice.Domain.Kubernetes;

/// <summary>Growing waits with full jitter, so that many watches which broke together do not come back together.</summary>
internal sealed class BackOff(TimeProvider time, ReflectorOptions options)
{
    private long _last;

    /// <summary>How many failures came without a quiet time in between.</summary>
    public int InRow { get; private set; }

    /// <summary>The cause of the failures is known to be gone.</summary>
    public void Reset() => InRow = 0;

    public TimeSpan Next()
    {
        if (InRow > 0 && time.GetElapsedTime(_last) >= options.BackOffReset) InRow = 0;
        var most = Math.Min(options.BackOff.First.TotalSeconds * Math.Pow(2, Math.Min(InRow, 20)), options.BackOff.Most.TotalSeconds);
        InRow++;
        _last = time.GetTimestamp();
        return TimeSpan.FromSeconds(most * options.Jitter());
    }
}
