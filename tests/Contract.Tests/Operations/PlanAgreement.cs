using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Contract.Tests.Operations;

/// <summary>What a plan said about an operation is what the operator then did: for simulated and for real clusters alike.</summary>
internal static class PlanAgreement
{
    /// <summary>Checks an operation that succeeded, and that enough was seen to say so.</summary>
    public static void ShouldHoldFor(Operation ended, string cluster)
    {
        var at = $"{cluster}, {ended.Kind}: {ended.Plan?.Classification?.Words}";
        var change = ended.Plan?.Classification.ShouldNotBeNull(at);
        var outcome = ended.Outcome.ShouldNotBeNull(at);
        outcome.Problem.ShouldBeNull(at);
        outcome.Disagreements.ShouldBeEmpty($"{at}\n{outcome}");
        outcome.Effect.ShouldBe(change!.Effect, at);
        outcome.OperatorTerms.ShouldNotBeNull(at);
        if (change.OperatorTerm is { } term) outcome.OperatorTerms.ShouldContain(term, at);
        if (change is { Mode: { } mode, Effect: not JobEffect.Ends }) outcome.Mode.ShouldBe(mode switch { StopMode.Stateless => "stateless", StopMode.LastState => "last-state", _ => "savepoint" }, at);
        if (!change.Starts) return;
        outcome.Pause.ShouldNotBeNull(at).ShouldBeGreaterThan(TimeSpan.Zero, at);
        if (ended.Plan!.State!.Source is not (StateSource.Empty or StateSource.Unknown)) outcome.RestoredFrom.ShouldNotBeNull(at);
    }
}
