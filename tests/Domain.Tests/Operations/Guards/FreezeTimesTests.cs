using Shouldly;
using Sluice.Domain.Operations.Guards;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Guards;

/// <summary>Berlin goes forward on 2026-03-29 at 02:00 (to 03:00), and back on 2026-10-25 at 03:00 (to 02:00).</summary>
public sealed class FreezeTimesTests
{
    private static readonly FreezeTimes Weekend = new() { Zone = "Europe/Berlin", FromDay = DayOfWeek.Friday, FromTime = new TimeOnly(16, 0), UntilDay = DayOfWeek.Monday, UntilTime = new TimeOnly(8, 0) };

    [Theory]
    // Winter: 16:00 in Berlin is 15:00 UTC.
    [InlineData("2026-01-09T14:59:59Z", false)]
    [InlineData("2026-01-09T15:00:00Z", true)]
    [InlineData("2026-01-11T12:00:00Z", true)]
    [InlineData("2026-01-12T06:59:59Z", true)]
    [InlineData("2026-01-12T07:00:00Z", false)]
    // Summer: 16:00 is 14:00 UTC.
    [InlineData("2026-07-10T13:59:59Z", false)]
    [InlineData("2026-07-10T14:00:00Z", true)]
    // The weekend in which the clocks go forward begins by winter time and ends by summer time.
    [InlineData("2026-03-27T15:00:00Z", true)]
    [InlineData("2026-03-30T05:59:59Z", true)]
    [InlineData("2026-03-30T06:00:00Z", false)]
    // And back again.
    [InlineData("2026-10-23T14:00:00Z", true)]
    [InlineData("2026-10-26T06:59:59Z", true)]
    [InlineData("2026-10-26T07:00:00Z", false)]
    public void At_EveryWeek_FollowsTheClockOnTheWall(string now, bool applies) => (Weekend.At(At(now)) is not null).ShouldBe(applies);

    [Fact]
    public void At_TheWeekendOfAChange_LastsAnHourLessOrMore()
    {
        var forward = Weekend.At(At("2026-03-28T12:00:00Z"))!;
        var back = Weekend.At(At("2026-10-24T12:00:00Z"))!;

        (forward.Until - forward.From).ShouldBe(TimeSpan.FromHours(63));
        (back.Until - back.From).ShouldBe(TimeSpan.FromHours(65));
    }

    [Fact]
    public void At_AnHourThatIsSkipped_BeginsWhenTheClocksChange()
    {
        var once = Once("2026-03-29T02:30", "2026-03-29T04:00");

        once.At(At("2026-03-29T00:59:59Z")).ShouldBeNull();
        once.At(At("2026-03-29T01:00:00Z")).ShouldBe(new FreezeSpan(At("2026-03-29T01:00:00Z"), At("2026-03-29T02:00:00Z")));
    }

    [Fact]
    public void At_AnHourThatComesTwice_IsFrozenBothTimes()
    {
        var once = Once("2026-10-25T02:15", "2026-10-25T02:45");

        // From the first 02:15 (summer time) to the second 02:45 (winter time).
        once.At(At("2026-10-25T00:20:00Z")).ShouldBe(new FreezeSpan(At("2026-10-25T00:15:00Z"), At("2026-10-25T01:45:00Z")));
    }

    [Fact]
    public void At_WithinADay_ComesEveryWeek()
    {
        var noon = new FreezeTimes { FromDay = DayOfWeek.Wednesday, FromTime = new TimeOnly(11, 0), UntilDay = DayOfWeek.Wednesday, UntilTime = new TimeOnly(13, 0) };

        noon.At(At("2026-11-18T12:00:00Z"))!.Until.ShouldBe(At("2026-11-18T13:00:00Z"));
        noon.At(At("2026-11-18T13:00:00Z")).ShouldBeNull();
        noon.Next(At("2026-11-18T12:00:00Z"))!.From.ShouldBe(At("2026-11-25T11:00:00Z"));
    }

    [Fact]
    public void At_FromAnEveningToTheMorningOfTheSameDay_LastsNearlyAWeek()
    {
        var long_ = new FreezeTimes { FromDay = DayOfWeek.Monday, FromTime = new TimeOnly(20, 0), UntilDay = DayOfWeek.Monday, UntilTime = new TimeOnly(8, 0) };

        long_.At(At("2026-11-16T09:00:00Z")).ShouldBeNull();
        long_.At(At("2026-11-22T09:00:00Z"))!.Until.ShouldBe(At("2026-11-23T08:00:00Z"));
    }

    [Fact]
    public void IsOver_Once_IsTrueAfterItsEndOnly()
    {
        var once = Once("2026-12-20T00:00", "2027-01-02T00:00");

        once.IsOver(At("2026-11-01T00:00:00Z")).ShouldBeFalse();
        once.IsOver(At("2027-01-01T22:59:59Z")).ShouldBeFalse();
        once.IsOver(At("2027-01-01T23:00:00Z")).ShouldBeTrue();
        Weekend.IsOver(At("2036-01-01T00:00:00Z")).ShouldBeFalse();
    }

    [Fact]
    public void Problems_NameEachField()
    {
        Fields(new FreezeTimes { Zone = "Mars/Base" }).ShouldBe(["times.zone", "times.from", "times.until"]);
        Fields(Once("2026-12-20T00:00", "2026-12-19T00:00")).ShouldBe(["times.until"]);
        Fields(Weekend with { UntilTime = null }).ShouldBe(["times.untilTime"]);
        Fields(Weekend with { UntilDay = DayOfWeek.Friday, UntilTime = new TimeOnly(16, 0) }).ShouldBe(["times.untilTime"]);
        Fields(Weekend with { From = new DateTime(2026, 1, 1) }).ShouldBe(["times"]);
        Fields(Once("2026-12-20T00:00", "2026-12-22T00:00") with { From = new DateTime(2026, 12, 20, 0, 0, 0, DateTimeKind.Utc) }).ShouldBe(["times.from"]);
        Fields(Weekend).ShouldBeEmpty();
    }

    private static string[] Fields(FreezeTimes times) => [.. times.Problems().Select(p => p.Field)];

    private static FreezeTimes Once(string from, string until) => new()
    {
        Zone = "Europe/Berlin",
        From = DateTime.Parse(from, System.Globalization.CultureInfo.InvariantCulture),
        Until = DateTime.Parse(until, System.Globalization.CultureInfo.InvariantCulture),
    };

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
}
