using System.Globalization;
using Sluice.Domain.Access;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>The word of a second person about many operations of a run at once.</summary>
public sealed partial class BulkService
{
    private const int LongestComment = 500;

    /// <summary>The operations of a run that wait for a second person, in the order of their turn.</summary>
    /// <exception cref="BulkRefusedException">There is no such run.</exception>
    public async Task<IReadOnlyList<BulkApproval>> ApprovalsAsync(Guid id, CancellationToken cancellationToken)
    {
        _ = await FindAsync(id, cancellationToken);
        return await _store.ApprovalsAsync(id, cancellationToken);
    }

    /// <summary>Approves or declines operations of a run, each of them by itself: every one keeps who decided, when and why.</summary>
    /// <param name="id">The run.</param>
    /// <param name="operations">Which: those that the person was shown. What began to wait since then is not among them.</param>
    /// <param name="approve">Whether they may begin.</param>
    /// <param name="comment">What the person says; may be empty.</param>
    /// <param name="actor">Who decides; not the one who asked for the run.</param>
    /// <param name="cancellationToken">Ends the call; what was decided stands.</param>
    /// <exception cref="BulkRefusedException">The actor asked for the run, none was named, or one is not of this run.</exception>
    public async Task<BulkDecision> DecideAsync(Guid id, IReadOnlyCollection<Guid> operations, bool approve, string comment, Actor actor, CancellationToken cancellationToken)
    {
        var run = await FindAsync(id, cancellationToken);
        if (comment.Length > LongestComment) throw Invalid("comment", $"Say it in at most {LongestComment} characters.");
        if (operations.Count == 0) throw Invalid("operations", "Name the operations to decide about: those that wait are listed by GET /api/v1/bulk/{id}/approvals, with what they do.");
        if (actor.IsSamePerson(run.Actor)) throw new BulkRefusedException(BulkRefusal.State, $"You asked for this run yourself (as {run.Actor}), and a token counts as its owner. Somebody else has to decide. Nothing was changed.");
        var own = (await _store.ItemsAsync(id, null, [], 0, int.MaxValue, cancellationToken)).Select(i => i.OperationId).OfType<Guid>().ToHashSet();
        if (operations.FirstOrDefault(o => !own.Contains(o)) is var foreign && foreign != Guid.Empty) throw Invalid("operations", $"Operation {foreign} is none of this run. Nothing was changed.");

        var said = operations.Count == 1 ? comment.Trim() : $"{comment.Trim()} ({operations.Count.ToString(CultureInfo.InvariantCulture)} operations of bulk run {OperationNames.ShortId(id)} together)".TrimStart();
        var (decided, left) = (new List<Guid>(), new List<BulkUndecided>());
        foreach (var operation in operations.Distinct())
        {
            try
            {
                if (approve) await _operations.ApproveAsync(operation, said, actor, cancellationToken);
                else await _operations.DeclineAsync(operation, said, actor, cancellationToken);
                decided.Add(operation);
            }
            catch (OperationRefusedException e)
            {
                // Somebody else was quicker, or it expired: the others are decided about all the same.
                left.Add(new(operation, e.Message));
            }
        }

        return new(approve, decided, left);
    }

    private static BulkRefusedException Invalid(string field, string message) => new(BulkRefusal.Invalid, message, [new(field, message)]);
}
