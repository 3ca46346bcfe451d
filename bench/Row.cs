namespace Sluice.Bench;

/// <summary>One measured claim.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Work">What was measured.</param>
/// <param name="Value">The median.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Peer">What it is compared with.</param>
/// <param name="PeerValue">The peer's median in the same run.</param>
/// <param name="Budget">What the value may be at most.</param>
internal sealed record Row(string Id, string Work, double Value, string Unit, string Peer, double PeerValue, double Budget)
{
    /// <summary>True where the budget is kept.</summary>
    public bool Ok => Value <= Budget;
}
