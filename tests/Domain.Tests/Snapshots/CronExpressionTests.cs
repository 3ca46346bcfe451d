using System.Globalization;
using Shouldly;
using Sluice.Domain.Snapshots;
using Xunit;

namespace Sluice.Domain.Tests.Snapshots;

public sealed class CronExpressionTests
{
    [Theory]
    // Plain
    [InlineData("0 2 * * *", "UTC", "2026-11-21T10:00", "2026-11-22T02:00", "2026-11-23T02:00")]
    [InlineData("*/15 * * * *", "UTC", "2026-11-21T10:07", "2026-11-21T10:15", "2026-11-21T10:30")]
    [InlineData("5,35 8-9 * * *", "UTC", "2026-11-21T08:05", "2026-11-21T08:35", "2026-11-21T09:05")]
    [InlineData("10/20 * * * *", "UTC", "2026-11-21T10:11", "2026-11-21T10:30", "2026-11-21T10:50")]
    [InlineData("@hourly", "UTC", "2026-11-21T10:00", "2026-11-21T11:00", "2026-11-21T12:00")]
    [InlineData("@weekly", "UTC", "2026-11-21T10:00", "2026-11-22T00:00", "2026-11-29T00:00")]
    [InlineData("30 4 * * mon-fri", "UTC", "2026-11-20T05:00", "2026-11-23T04:30", "2026-11-24T04:30")]
    [InlineData("0 0 * * 7", "UTC", "2026-11-21T10:00", "2026-11-22T00:00", "2026-11-29T00:00")]
    [InlineData("0 0 1 JAN *", "UTC", "2026-11-21T10:00", "2027-01-01T00:00", "2028-01-01T00:00")]
    // Month ends
    [InlineData("0 6 31 * *", "UTC", "2026-08-31T06:00", "2026-10-31T06:00", "2026-12-31T06:00")]
    [InlineData("0 6 L * *", "UTC", "2027-01-31T06:00", "2027-02-28T06:00", "2027-03-31T06:00")]
    [InlineData("0 6 L 2 *", "UTC", "2027-03-01T00:00", "2028-02-29T06:00", "2029-02-28T06:00")]
    [InlineData("0 6 30 2-4 *", "UTC", "2027-01-01T00:00", "2027-03-30T06:00", "2027-04-30T06:00")]
    // Leap days: 2100 has none
    [InlineData("0 0 29 2 *", "UTC", "2026-01-01T00:00", "2028-02-29T00:00", "2032-02-29T00:00")]
    [InlineData("0 0 29 2 *", "UTC", "2096-03-01T00:00", "2104-02-29T00:00", "2108-02-29T00:00")]
    // Both days restricted: either is enough
    [InlineData("0 0 13 * fri", "UTC", "2026-11-09T00:00", "2026-11-13T00:00", "2026-11-20T00:00")]
    [InlineData("0 0 */2 * mon", "UTC", "2026-11-21T00:00", "2026-11-23T00:00", "2026-12-07T00:00")]
    // Berlin: 02:00 to 03:00 does not exist on 2027-03-28, and comes twice on 2026-10-25 (offsets +2, then +1)
    [InlineData("30 2 * * *", "Europe/Berlin", "2027-03-27T02:00", "2027-03-28T01:00", "2027-03-29T00:30")]
    [InlineData("0,30 2 * * *", "Europe/Berlin", "2027-03-27T02:00", "2027-03-28T01:00", "2027-03-29T00:00")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30", "2026-10-26T01:30")]
    [InlineData("30 * * * *", "Europe/Berlin", "2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:30")]
    [InlineData("30 * * * *", "Europe/Berlin", "2027-03-28T00:00", "2027-03-28T00:30", "2027-03-28T01:30")]
    [InlineData("0 6 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T05:00", "2026-10-26T05:00")]
    [InlineData("0 0 * * *", "America/New_York", "2026-11-01T00:00", "2026-11-01T04:00", "2026-11-02T05:00")]
    // A clock that is put back at midnight
    [InlineData("30 23 * * *", "America/Havana", "2026-10-31T12:00", "2026-11-01T03:30", "2026-11-02T04:30")]
    // Half an hour only
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T15:30", "2026-10-04T15:15")]
    public void Next_OfATable_Expected(string cron, string zone, string after, string first, string second)
    {
        var (expression, place) = (CronExpression.Parse(cron), CronExpression.Zone(zone));

        expression.Following(At(after), place).Take(2).ShouldBe([At(first), At(second)]);
    }

    [Theory]
    [InlineData("0 2 * *", "4 fields")]
    [InlineData("", "0 fields")]
    [InlineData("60 2 * * *", "minute: 0 to 59")]
    [InlineData("0 24 * * *", "hour: 0 to 23")]
    [InlineData("0 0 0 * *", "day of the month: 1 to 31")]
    [InlineData("0 0 * 13 *", "month: 1 to 12")]
    [InlineData("0 0 * * tue-", "day of the week")]
    [InlineData("5-1 * * * *", "ends before it begins")]
    [InlineData("*/0 * * * *", "step")]
    [InlineData("*/5/2 * * * *", "step")]
    [InlineData("1,,2 * * * *", "minute")]
    [InlineData("a * * * *", "minute")]
    [InlineData("0 0 30 2 *", "never comes")]
    public void Parse_Wrong_NamesTheFieldAndWhatIsAllowed(string cron, string says)
    {
        Should.Throw<CronException>(() => CronExpression.Parse(cron)).Message.ShouldContain(says);
    }

    [Fact]
    public void Zone_Unknown_SaysSo() => Should.Throw<CronException>(() => CronExpression.Zone("Europe/Nowhere")).Message.ShouldContain("Europe/Berlin");

    [Fact]
    public void Following_AYearOfEveryQuarterHour_NeitherSkipsNorRepeatsAnInstant()
    {
        var times = CronExpression.Parse("*/15 * * * *").Following(At("2026-10-24T00:00"), CronExpression.Zone("Europe/Berlin")).Take(96 * 10).ToList();

        for (var i = 1; i < times.Count; i++) (times[i] - times[i - 1]).ShouldBe(TimeSpan.FromMinutes(15));
    }

    [Fact]
    public void Jitter_OfManyPipelines_SpreadsThemWithinItsLimitAndIsTheSameEachTime()
    {
        var schedule = new SnapshotSchedule("0 2 * * *", null, TimeSpan.FromMinutes(30));
        var begins = Enumerable.Range(1, 400).Select(i => schedule.Next(At("2026-11-21T10:00"), new Guid(i, 0, 0, new byte[8]))!).ToList();

        begins.ShouldAllBe(t => t.Planned == At("2026-11-22T02:00") && t.Begins >= t.Planned && t.Begins <= t.Planned + TimeSpan.FromMinutes(30));
        begins.Select(t => (int)(t.Begins - t.Planned).TotalMinutes / 5).Distinct().Count().ShouldBeGreaterThanOrEqualTo(6);
        schedule.Next(At("2026-11-21T10:00"), new Guid(7, 0, 0, new byte[8])).ShouldBe(begins[6]);
    }

    [Fact]
    public void Jitter_LargerThanTheInterval_StaysWithinItsOwnTurn()
    {
        var schedule = new SnapshotSchedule("*/10 * * * *", null, TimeSpan.FromHours(1));
        var turns = schedule.Following(At("2026-11-21T10:00"), new Guid(3, 0, 0, new byte[8])).Take(50).ToList();

        turns.ShouldAllBe(t => t.Begins - t.Planned <= TimeSpan.FromMinutes(5));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);
}
