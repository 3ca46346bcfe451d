using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Sluice.Portal.Auth;
using Xunit;

namespace Sluice.Portal.Tests.Auth;

public sealed partial class SignInTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task SignIn_RightPassword_LeadsBackAndSetsStrictCookie()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();

        using var answer = await SendAsync(client, PortalHost.Password, "/operations?x=1");

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.ToString().ShouldBe("/operations?x=1");
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("sluice=", StringComparison.Ordinal));
        cookie.ShouldContain("samesite=strict");
        cookie.ShouldContain("httponly");
        using var ready = await client.GetAsync("/readyz", Token);
        ready.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task SignIn_WrongPassword_SaysSoAndKeepsTheName()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();

        using var answer = await SendAsync(client, "wrong", "/");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("do not belong together");
        page.ShouldContain("value=\"demo\"");
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task SignIn_FormWithoutItsToken_IsRefused()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();

        using var answer = await SendAsync(client, PortalHost.Password, "/", token: "forged");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await client.GetAsync("/readyz", Token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task SignIn_FromAnotherSite_IsRefused()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();

        using var answer = await SendAsync(client, PortalHost.Password, "/", origin: "https://evil.example");

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task SignIn_TooManyAttempts_AreStopped()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 11; i++)
            using (var answer = await SendAsync(client, "wrong", "/"))
                answers.Add(answer.StatusCode);

        answers.Take(10).ShouldAllBe(s => s == HttpStatusCode.Unauthorized);
        answers[10].ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task SignInPage_Always_NeedsNoOtherFile()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();

        using var answer = await client.GetAsync("/sign-in", Token);

        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("--font:", Case.Sensitive, "the tokens are inside");
        page.ShouldNotContain("<script");
        page.ShouldNotContain("<link rel=\"stylesheet\"");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'; style-src 'sha256-");
    }

    [Fact]
    public async Task Production_LocalAccountAndTokenConfigured_AreBothImpossible()
    {
        await using var host = new PortalHost(database.ConnectionString, "Production");
        using var client = host.Anonymous();

        using var page = await client.GetAsync("/sign-in", Token);
        (await page.Content.ReadAsStringAsync(Token)).ShouldNotContain("<form");
        using var signIn = await SendAsync(client, PortalHost.Password, "/");
        signIn.StatusCode.ShouldNotBe(HttpStatusCode.Redirect);
        using var script = host.WithToken();
        using var ready = await script.GetAsync("/readyz", Token);
        ready.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        host.Services.GetService(typeof(DemoAccount)).ShouldBeNull();
    }

    [Fact]
    public async Task SignIn_AfterRestart_IsStillValid()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.Anonymous();
        using var answer = await SendAsync(client, PortalHost.Password, "/");
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("sluice=", StringComparison.Ordinal)).Split(';')[0];
        await host.DisposeAsync();

        await using var again = new PortalHost(database.ConnectionString);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/readyz") { Headers = { { "Cookie", cookie } } };
        using var ready = await again.Anonymous().SendAsync(request, Token);

        ready.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("ada", "adas-password", "adas-token", "ada")]
    [InlineData("demo", "a-password", "a-token", "demo")]
    [InlineData("ada", "a-password", "nobodys", null)]
    public void DemoAccount_OfSeveral_KnowsEachByItsOwnSecrets(string name, string password, string token, string? expected)
    {
        var accounts = Accounts(("ada", "adas-password", "adas-token"));

        accounts.NameOf(name, password).ShouldBe(expected);
        accounts.OwnerOf(token).ShouldBe(expected);
    }

    [Theory]
    [InlineData("demo", "long-enough", "a-fresh-token", "a name of its own")]
    [InlineData("token:demo", "long-enough", "a-fresh-token", "is no name")]
    [InlineData("ada", "short", "a-fresh-token", "Password")]
    [InlineData("ada", "long-enough", "a-token", "Token")]
    public void DemoAccount_ThatCouldPassForAnother_IsRefused(string name, string password, string token, string message) =>
        Should.Throw<InvalidOperationException>(() => Accounts((name, password, token))).Message.ShouldContain(message);

    private static DemoAccount Accounts((string Name, string Password, string Token) more) => new(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["SLUICE_DEMO_PASSWORD"] = PortalHost.Password,
        ["SLUICE_DEMO_TOKEN"] = PortalHost.Token,
        ["Sluice:Demo:Accounts:0:Name"] = more.Name,
        ["Sluice:Demo:Accounts:0:Password"] = more.Password,
        ["Sluice:Demo:Accounts:0:Token"] = more.Token,
    }).Build());

    [Theory]
    [InlineData("/pipelines/a/b/c?tab=logs", "/pipelines/a/b/c?tab=logs")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/a\\b", "/")]
    [InlineData("/a\r\nSet-Cookie: x", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void Local_ReturnUrl_LeadsToThisSiteOnly(string? url, string expected) => SignInEndpoints.Local(url).ShouldBe(expected);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string password, string returnUrl, string? token = null, string origin = "https://localhost")
    {
        var page = await client.GetStringAsync("/sign-in", Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["__RequestVerificationToken"] = token ?? FormToken().Match(page).Groups[1].Value,
                ["name"] = DemoAccount.Name,
                ["password"] = password,
                ["returnUrl"] = returnUrl,
            }),
        };
        request.Headers.Add("Origin", origin);
        return await client.SendAsync(request, Token);
    }

    [GeneratedRegex("__RequestVerificationToken\" value=\"([^\"]*)\"")]
    private static partial Regex FormToken();
}
