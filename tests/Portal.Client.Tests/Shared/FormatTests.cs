using Shouldly;
using Sluice.Portal.Client.Shared.Formatting;
using Xunit;

namespace Sluice.Portal.Client.Tests.Shared;

public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(60, "1m 00s")]
    [InlineData(300, "5m 00s")]
    [InlineData(3599, "59m 59s")]
    [InlineData(4260, "1h 11m")]
    [InlineData(86400 * 9, "9d 00h")]
    [InlineData(-5, "0s")]
    public void Compact_Durations_AsInTables(double seconds, string expected) =>
        Format.Compact(TimeSpan.FromSeconds(seconds)).Replace('\u00a0', ' ').ShouldBe(expected);

    [Theory]
    [InlineData(0.4, "0.4 s")]
    [InlineData(0.97, "1 s")]
    [InlineData(24, "24 s")]
    [InlineData(300, "5 min 0 s")]
    [InlineData(4260, "1 h 11 min")]
    [InlineData(90000, "1 d 1 h")]
    public void Words_Durations_AsInSentences(double seconds, string expected) =>
        Format.Words(TimeSpan.FromSeconds(seconds)).Replace('\u00a0', ' ').ShouldBe(expected);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(512, "512 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(54_600_000_000, "54.6 GB")]
    [InlineData(999_999, "1.00 MB")]
    [InlineData(long.MaxValue, "9223 PB")]
    public void Bytes_AnySize_ThreeDigitsAndUnit(long bytes, string expected) => Format.Bytes(bytes).Replace('\u00a0', ' ').ShouldBe(expected);

    [Fact]
    public void Bytes_Negative_IsMissingNotZero() => Format.Bytes(-1).ShouldBe(Format.Missing);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(948, "948")]
    [InlineData(34_700, "34.7 k")]
    [InlineData(112_500_000, "112.5 M")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    public void Large_AnyNumber_ShortWithUnit(double value, string expected) => Format.Large(value).Replace('\u00a0', ' ').ShouldBe(expected);

    [Fact]
    public void Units_NeverBreakAwayFromTheirNumber()
    {
        Format.Words(TimeSpan.FromMinutes(5)).ShouldNotContain(' ');
        Format.Bytes(5_000).ShouldNotContain(' ');
        Format.Plural(3, "pipeline").ShouldBe("3\u00a0pipelines");
        Format.Plural(1, "pipeline").ShouldBe("1\u00a0pipeline");
    }

    [Fact]
    public void Clock_AnotherDay_SaysTheDay()
    {
        Format.Clock(Some.Now, Some.Now).ShouldBe("03:12:40");
        Format.Clock(Some.Now.AddDays(-1), Some.Now).ShouldBe("11 Nov 03:12:40");
        Format.Exact(Some.Now.ToOffset(TimeSpan.FromHours(2))).ShouldBe("Thu 12 Nov 2026 03:12:40 UTC");
    }

    [Theory]
    [InlineData("7c1f04a2be9d4f0c8d51e6a03b92fe18", "7c1f04…fe18")]
    [InlineData("short", "short")]
    [InlineData("elevenchars", "elevenchars")]
    public void CutMiddle_OnlyWhereItSavesSomething(string id, string expected) => Format.CutMiddle(id).ShouldBe(expected);

    [Theory]
    [InlineData("v1_20", "1.20")]
    [InlineData("v2_0", "2.0")]
    [InlineData("next", "next")]
    public void FlinkVersion_AsPeopleSayIt(string version, string expected) => Format.FlinkVersion(version).ShouldBe(expected);
}
