namespace Sluice.Domain.Snapshots;

/// <summary>Puts sightings into the catalogue: each place once, what is known better wins, what is gone is said to be gone.</summary>
public static class SnapshotMerge
{
    /// <summary>The rows that are new or changed.</summary>
    /// <param name="pipeline">Whose.</param>
    /// <param name="known">The catalogue's rows of the pipeline.</param>
    /// <param name="sightings">What the sources say now.</param>
    /// <param name="now">The clock's time.</param>
    /// <param name="newId">Gives a new row its identity.</param>
    /// <param name="revisionAt">The revision that ran at a time, or that an operation found running.</param>
    public static IReadOnlyList<Snapshot> Into(
        Guid pipeline, IReadOnlyList<Snapshot> known, IEnumerable<SnapshotSighting> sightings, DateTimeOffset now, Func<Guid> newId, Func<DateTimeOffset, Guid?, int?> revisionAt)
    {
        var rows = known.ToDictionary(s => SnapshotPath.Plain(s.Path));
        var touched = new HashSet<string>();
        foreach (var sighting in sightings.OrderByDescending(s => s.Makes))
        {
            var place = SnapshotPath.Plain(sighting.Path);
            if (rows.TryGetValue(place, out var row))
            {
                var after = Add(row, sighting);
                if (after == row) continue;
                rows[place] = after;
                touched.Add(place);
            }
            else if (sighting.Makes)
            {
                rows[place] = New(pipeline, sighting, now, newId());
                touched.Add(place);
            }
        }
        return [.. touched.Select(place => rows[place]).Select(row => row.Revision is not null ? row : row with { Revision = revisionAt(row.TakenAt, row.Operation) })];
    }

    /// <summary>
    /// The rows whose FlinkStateSnapshot is not there any more. Its data went with it where it said so.
    /// </summary>
    public static IReadOnlyList<Snapshot> WithoutObject(IReadOnlyList<Snapshot> known, IReadOnlySet<string> objects, DateTimeOffset now) =>
    [
        .. known.Where(s => s.ObjectName is { } name && !objects.Contains(name)).Select(s =>
            s.DisposeOnDelete && Stands(s)
                ? Gone(s, now, $"Someone deleted its FlinkStateSnapshot {s.ObjectName}, which deletes the data, too.") with { ObjectName = null, DisposeOnDelete = false }
                : s with { ObjectName = null, DisposeOnDelete = false }),
    ];

    /// <summary>The rows that an older operator took off its list, which is how it disposes of savepoints.</summary>
    public static IReadOnlyList<Snapshot> OffTheList(IReadOnlyList<Snapshot> known, IReadOnlyList<SnapshotSighting> listed, DateTimeOffset now)
    {
        var still = listed.Select(s => SnapshotPath.Plain(s.Path)).ToHashSet();
        return
        [
            .. known.Where(s => s.Listed && !still.Contains(SnapshotPath.Plain(s.Path))).Select(s => Stands(s)
                ? Gone(s, now, "The operator took it off its list, which holds the newest ones only: it disposes of the others, unless its clean-up is switched off.") with { Listed = false }
                : s with { Listed = false }),
        ];
    }

    /// <summary>The job's checkpoints that a newer one of the same job has replaced: Flink removes them.</summary>
    public static IReadOnlyList<Snapshot> Replaced(IReadOnlyList<Snapshot> known, IReadOnlyList<SnapshotSighting> ofJob)
    {
        var newest = ofJob.FirstOrDefault(s => s is { Live: true, Kind: SnapshotKind.Checkpoint });
        return newest?.JobId is not { } job ? [] : [.. known.Where(s => s.Kind == SnapshotKind.Checkpoint && s.JobId == job && s.ObjectName is null && !SnapshotPath.Same(s.Path, newest.Path) && s.TakenAt < newest.TakenAt)];
    }

    /// <summary>Checkpoints of an earlier job that was stopped with a savepoint afterwards: Flink keeps them where a job was cancelled or failed only.</summary>
    public static IReadOnlyList<Snapshot> Outlived(IReadOnlyList<Snapshot> known, string? jobId, DateTimeOffset now)
    {
        var stopped = known.Where(s => s is { Kind: SnapshotKind.Savepoint, Origin: SnapshotOrigin.Operation or SnapshotOrigin.OperatorUpgrade }).Select(s => s.TakenAt).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        return
        [
            .. known.Where(s => s is { Kind: SnapshotKind.Checkpoint, State: SnapshotState.Available, Operation: null, ObjectName: null, JobId: { } job } && jobId is not null && job != jobId && s.TakenAt < stopped)
                .Select(s => Gone(s, now, "Its job was stopped with a savepoint after it: Flink then removes the job's checkpoints.")),
        ];
    }

    private static bool Stands(Snapshot snapshot) => snapshot.State is SnapshotState.Available or SnapshotState.Quarantined;

    private static Snapshot Gone(Snapshot snapshot, DateTimeOffset now, string why) => snapshot with { State = SnapshotState.Lost, EndedAt = now, Note = why };

    private static Snapshot New(Guid pipeline, SnapshotSighting sighting, DateTimeOffset now, Guid id)
    {
        var kind = sighting.Kind ?? (SnapshotPath.IsCheckpoint(sighting.Path) ? SnapshotKind.Checkpoint : SnapshotKind.Savepoint);
        return Add(new Snapshot { Id = id, PipelineId = pipeline, Path = sighting.Path, Kind = kind, Origin = sighting.Origin, TakenAt = sighting.TakenAt ?? now }, sighting);
    }

    private static Snapshot Add(Snapshot row, SnapshotSighting s) => row with
    {
        Kind = s.Kind ?? row.Kind,
        Origin = s.Makes && s.Origin > row.Origin ? s.Origin : row.Origin,
        Format = row.Format ?? s.Format,
        Size = row.Size ?? s.Size,
        // The JobManager measures it, the operator's stamps include its own waiting.
        Duration = s.Size is not null && s.Duration is not null ? s.Duration : row.Duration ?? s.Duration,
        TakenAt = s is { TakenAt: { } at, TakenAtGuessed: false } && at < row.TakenAt ? at : row.TakenAt,
        JobId = row.JobId ?? s.JobId,
        Drained = row.Drained || s.Drained,
        Operation = row.Operation ?? s.Operation,
        VerifiedAt = s.Restored is { } r && (row.VerifiedAt is null || r.At > row.VerifiedAt) ? r.At : row.VerifiedAt,
        VerifiedJob = s.Restored is { } by && (row.VerifiedAt is null || by.At > row.VerifiedAt) ? by.Job : row.VerifiedJob,
        ObjectName = s.ObjectName ?? row.ObjectName,
        DisposeOnDelete = s.ObjectName is not null ? s.DisposeOnDelete : row.DisposeOnDelete,
        Listed = row.Listed || s.Listed,
        State = row.State == SnapshotState.Lost && s.Live ? SnapshotState.Available : row.State,
        EndedAt = row.State == SnapshotState.Lost && s.Live ? null : row.EndedAt,
        Note = row.State == SnapshotState.Lost && s.Live ? "" : row.Note,
    };
}
