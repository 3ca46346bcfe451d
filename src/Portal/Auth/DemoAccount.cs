using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Portal.Auth;

/// <summary>
/// The local account and API token of the demo. Registered in Development only: elsewhere this type is not in the container, so no setting can bring it back.
/// What is not configured is made up at start and printed once, not logged.
/// </summary>
public sealed class DemoAccount
{
    public const string Name = "demo";
    private readonly byte[] _password;
    private readonly byte[] _token;

    public DemoAccount(IConfiguration configuration)
    {
        _password = Hash(Configured(configuration, "SLUICE_DEMO_PASSWORD", "Sluice:Demo:Password") ?? Announce("Sign in: " + Name + " / "));
        _token = Hash(Configured(configuration, "SLUICE_DEMO_TOKEN", "Sluice:Demo:Token") ?? Announce("API token: "));
    }

    public bool IsPassword(string name, string password) =>
        CryptographicOperations.FixedTimeEquals(_password, Hash(password)) & CryptographicOperations.FixedTimeEquals(Hash(Name), Hash(name));

    public bool IsToken(string token) => CryptographicOperations.FixedTimeEquals(_token, Hash(token));

    public static ClaimsPrincipal Person() => Principal(Name, "password");

    public static ClaimsPrincipal Script() => Principal("token:" + Name, AuthSchemes.Token);

    private static ClaimsPrincipal Principal(string name, string how) => new(new ClaimsIdentity([new(ClaimTypes.Name, name)], how));

    private static string? Configured(IConfiguration configuration, string variable, string key) =>
        configuration[variable] is { Length: > 0 } fromEnvironment ? fromEnvironment : configuration[key] is { Length: > 0 } fromSettings ? fromSettings : null;

    private static string Announce(string what)
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Console.WriteLine(what + secret);
        return secret;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
