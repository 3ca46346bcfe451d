using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Domain.Operations;
using Xunit;

namespace Sluice.Portal.Tests.Configuration;

public sealed class OperationOptionsTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Timing_SomeConfigured_TheRestIsAsBuiltIn()
    {
        await using var host = new PortalHost(database.ConnectionString, settings: new Dictionary<string, string?>
        {
            ["Sluice:Operations:OperatorSilence"] = "00:00:05",
            ["Sluice:Operations:Start"] = "00:02:00",
        });

        var timing = host.Services.GetRequiredService<OperationTiming>();

        timing.ShouldBe(new OperationTiming { OperatorSilence = TimeSpan.FromSeconds(5), Start = TimeSpan.FromMinutes(2) });
    }

    [Theory]
    [InlineData("Sluice:Operations:Start", "00:00:00", "Sluice:Operations:Start")]
    [InlineData("Sluice:Operations:Start", "90", "Sluice:Operations:Start")]
    [InlineData("Sluice:Operations:Quick", "00:00:00.5", "shorter than Poll")]
    public async Task Timing_NotUsable_StopsTheStartAndNamesTheSetting(string key, string value, string said)
    {
        await using var host = new PortalHost(database.ConnectionString, settings: new Dictionary<string, string?> { [key] = value });

        var refused = Should.Throw<OptionsValidationException>(() => host.Services.GetRequiredService<OperationTiming>());

        refused.Message.ShouldContain(said);
    }
}
