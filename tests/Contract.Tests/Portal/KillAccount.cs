namespace Sluice.Contract.Tests.Portal;

/// <summary>What became of one operation that was killed.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Kills">Where the portal died, as <c>step:boundary</c>.</param>
/// <param name="Once">Whether it ended as one that nobody disturbed, with each step recorded once.</param>
/// <param name="Savepoints">How many savepoints the job took during it.</param>
/// <param name="Asked">How many an undisturbed one takes.</param>
/// <param name="LeftStopped">Whether its job does not run although it should.</param>
internal sealed record KilledOperation(string Kind, IReadOnlyList<string> Kills, bool Once, int Savepoints, int Asked, bool LeftStopped);

/// <summary>The account of all kills.</summary>
internal sealed class KillAccount
{
    private readonly List<KilledOperation> _operations = [];

    public int Kills => _operations.Sum(o => o.Kills.Count);

    public bool IsClean => _operations.TrueForAll(o => o.Once && o.Savepoints == o.Asked && !o.LeftStopped);

    public void Add(KilledOperation operation) => _operations.Add(operation);

    public override string ToString() => Words(_operations);

    /// <summary>A line for each kind: where it was killed and how often, and what came of it.</summary>
    public IEnumerable<string> Lines() => _operations.GroupBy(o => o.Kind).OrderBy(k => k.Key, StringComparer.Ordinal).Select(kind =>
        $"  {kind.Key}: {Words([.. kind])}; at {string.Join(", ", kind.SelectMany(o => o.Kills).CountBy(k => k.Split(':')[0]).Select(s => $"{s.Key} {s.Value}"))}");

    private static string Words(IReadOnlyList<KilledOperation> operations) =>
        $"{operations.Sum(o => o.Kills.Count)} kills, {operations.Count(o => o.Once)} of {operations.Count} operations ended as asked and once, {operations.Sum(o => o.Savepoints)} savepoints taken where {operations.Sum(o => o.Asked)} were asked for "
        + $"(twice {operations.Sum(o => Math.Max(0, o.Savepoints - o.Asked))}, missing {operations.Sum(o => Math.Max(0, o.Asked - o.Savepoints))}), jobs left stopped {operations.Count(o => o.LeftStopped)}";
}
