using Microsoft.AspNetCore.Components;
using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>What the pipeline can be started from, when more of it is taken and what may go.</summary>
public sealed partial class SnapshotsTab
{
    /// <summary>How often the JobManager is asked for sizes and for the newest retained checkpoint.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private SnapshotCatalogue? _catalogue;
    private DateTimeOffset? _read;
    private DateTimeOffset? _looked;
    private Snapshot? _leaving;
    private string? _from;
    private string? _problem;
    private string? _down;

    [Parameter, EditorRequired] public PipelineRow Row { get; set; } = null!;

    [Inject] public required ISnapshotService Snapshots { get; init; }

    [Inject] public required Me Me { get; init; }

    protected override TimeSpan Interval => TimeSpan.FromSeconds(4);

    /// <summary>The answer to "what do I have if it breaks now".</summary>
    private (string Style, string Icon, string Headline, string Detail) Safe
    {
        get
        {
            var savepoint = _catalogue!.Snapshots.Select(e => e.Snapshot).FirstOrDefault(s => s.Usable && s.Kind == SnapshotKind.Savepoint);
            var verified = _catalogue.Snapshots.Select(e => e.Snapshot).FirstOrDefault(s => s.Usable && s.VerifiedAt is not null);
            if (savepoint is null)
                return ("s-warn", "warn", "No savepoint to go back to", "A checkpoint may do for the version that runs now; an upgrade that changes its state needs a savepoint. Take one, or set a timetable.");
            var age = Format.Words(Time.GetUtcNow() - savepoint.TakenAt);
            var proof = verified is null ? "No job was ever seen that had been restored from one of these." : $"The newest that a job was restored from is {Format.Words(Time.GetUtcNow() - verified.TakenAt)} old.";
            return ("s-good", "good", $"The newest savepoint is {age} old", proof);
        }
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        // What the database knows is on screen at once; the JobManager is asked afterwards.
        var look = _catalogue is not null && (_looked is null || Time.GetUtcNow() - _looked > LookEvery);
        _down = null;
        try
        {
            _catalogue = await Snapshots.ReadAsync(Row.Key, look, cancellationToken);
            _read = Time.GetUtcNow();
            if (look) _looked = _read;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What was read last stays; the rest of the page does not need the database.
            _down = SnapshotLook.Problem(e);
        }
    }

    private async Task DoAsync(Func<Actor, Task> act)
    {
        _problem = null;
        try
        {
            await act(await Me.ActorAsync());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _problem = SnapshotLook.Problem(e);
        }

        ReloadNow();
    }

    private void Close()
    {
        _leaving = null;
        ReloadNow();
    }

    private void Reload() => ReloadNow();
}
