using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The cases of the fleet on 5,000 custom resources of a real API server.</summary>
[Collection(nameof(RealFleetCollection))]
public sealed class RealFleetJourney(RealFleetScene scene) : FleetCases(scene);
