using System.Diagnostics.CodeAnalysis;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Metrics;

/// <summary>A running job that is sampled.</summary>
internal sealed class SampledJob(PipelineKey key, string deployment, string id)
{
    public PipelineKey Key { get; } = key;

    public string Deployment { get; } = deployment;

    /// <summary>The job's id.</summary>
    public string Id { get; } = id;

    /// <summary>How often in a row nobody answered.</summary>
    public int Silent { get; set; }

    /// <summary>True once the job is not sampled any more: what is still under way is not noted.</summary>
    public bool Gone
    {
        get => Volatile.Read(ref _gone);
        set => Volatile.Write(ref _gone, value);
    }

    private bool _gone;

    /// <summary>Its newest appointment; older ones in the queue mean nothing. Belongs to the queue.</summary>
    internal int Appointment { get; set; }

    /// <summary>True while it is asked. Belongs to the queue.</summary>
    internal bool Busy { get; set; }
}

/// <summary>
/// When which job of one cluster is asked: a step costs what is due, not what there is. Each cluster has a queue and turns of its own, because a silent one has all its turns taken by
/// questions that nobody answers. Safe for several threads.
/// </summary>
internal sealed class SamplingQueue
{
    private const int Most = 16;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(SampledJob Job, int Appointment), DateTimeOffset> _first = new();
    private readonly PriorityQueue<(SampledJob Job, int Appointment), DateTimeOffset> _others = new();
    private int _taken;

    /// <summary>Makes an appointment instead of the one there was.</summary>
    /// <param name="job">Which job.</param>
    /// <param name="due">When.</param>
    /// <param name="first">Before others that are due: somebody looks at it.</param>
    public void Add(SampledJob job, DateTimeOffset due, bool first)
    {
        lock (_gate)
        {
            // One that is asked right now gets its next appointment when it has answered.
            if (!job.Busy) Enqueue(job, due, first);
        }
    }

    /// <summary>The next one that is due, where there is a turn for it. <see cref="Done"/> gives the turn back.</summary>
    public bool TryTake(DateTimeOffset now, [NotNullWhen(true)] out SampledJob? job)
    {
        lock (_gate)
        {
            job = _taken < Most ? Next(_first, now) ?? Next(_others, now) : null;
            if (job is null) return false;
            _taken++;
            return job.Busy = true;
        }
    }

    /// <summary>It has been asked.</summary>
    public void Done(SampledJob job, DateTimeOffset due, bool first)
    {
        lock (_gate)
        {
            _taken--;
            job.Busy = false;
            if (!job.Gone) Enqueue(job, due, first);
        }
    }

    private static SampledJob? Next(PriorityQueue<(SampledJob Job, int Appointment), DateTimeOffset> queue, DateTimeOffset now)
    {
        while (queue.TryPeek(out var next, out var due) && due <= now)
        {
            queue.Dequeue();
            if (!next.Job.Gone && next.Job.Appointment == next.Appointment) return next.Job;
        }

        return null;
    }

    private void Enqueue(SampledJob job, DateTimeOffset due, bool first) => (first ? _first : _others).Enqueue((job, ++job.Appointment), due);
}
