using Microsoft.AspNetCore.Components;
using Shouldly;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class OwnNavigationTests
{
    private readonly Clock _time = new();
    private readonly SlowBrowser _browser = new();
    private readonly OwnNavigation _own;

    public OwnNavigationTests() => _own = new OwnNavigation(_browser, _time);

    [Fact]
    public void IsEcho_WhatThePageWentTo_InOrderAndOnce()
    {
        _own.Go("/?q=fr", true);
        _own.Go("/?q=fraud", true);

        _own.IsEcho("http://sluice/?q=fr").ShouldBeTrue();
        _own.IsEcho("http://sluice/?q=fraud").ShouldBeTrue();
        _own.IsEcho("http://sluice/?q=fraud").ShouldBeFalse();
        _browser.Went.ShouldBe(["/?q=fr", "/?q=fraud"]);
    }

    [Fact]
    public void IsEcho_APersonsWayBack_IsNone()
    {
        _own.Go("/?q=fraud", false);

        _own.IsEcho("http://sluice/").ShouldBeFalse();
        _own.IsEcho("http://sluice/?q=fraud").ShouldBeTrue();
    }

    [Fact]
    public void IsEcho_ALaterOne_EndsTheWaitForThoseBeforeIt()
    {
        _own.Go("/?q=a", true);
        _own.Go("/?q=b", true);

        _own.IsEcho("http://sluice/?q=b").ShouldBeTrue();
        _own.IsEcho("http://sluice/?q=a").ShouldBeFalse();
    }

    [Fact]
    public void IsEcho_OfABrowserThatWasAway_IsNone()
    {
        _own.Go("/?q=a", true);
        _time.Ticks += TimeSpan.FromSeconds(11).Ticks;

        _own.IsEcho("http://sluice/?q=a").ShouldBeFalse();
    }

    [Fact]
    public void IsEcho_EmojiAndSigns_AreTheSameHoweverTheyAreWritten()
    {
        _own.Go("/?q=" + Uri.EscapeDataString("💥 a+b&c"), true);

        _own.IsEcho("http://sluice/?q=%F0%9F%92%A5%20a%2Bb%26c").ShouldBeTrue();
    }

    private sealed class SlowBrowser : NavigationManager
    {
        public SlowBrowser() => Initialize("http://sluice/", "http://sluice/");

        public List<string> Went { get; } = [];

        protected override void NavigateToCore(string uri, NavigationOptions options) => Went.Add(uri);
    }

    private sealed class Clock : TimeProvider
    {
        public long Ticks { get; set; } = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
