using Microsoft.AspNetCore.Components.Server.Circuits;
using Sluice.Portal.Client.Shared.Live;

namespace Sluice.Portal.Pages;

/// <summary>Tells what feeds a page whether its browser is there: for one that is away nothing is read, compared or rendered.</summary>
public sealed class PageCircuit(LiveGate gate) : CircuitHandler
{
    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        gate.SetConnected(false);
        return Task.CompletedTask;
    }

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        gate.SetConnected(true);
        return Task.CompletedTask;
    }
}
