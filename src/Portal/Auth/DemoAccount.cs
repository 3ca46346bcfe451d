using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Portal.Auth;

/// <summary>
/// The local accounts and API tokens of the demo. Registered in Development only: elsewhere this type is not in the container, so no setting can bring it back.
/// There is one, and as many more as <c>Sluice:Demo:Accounts</c> names, each with a password and a token of its own. What the first one's configuration leaves out is made up at start and printed once, not logged.
/// </summary>
public sealed partial class DemoAccount
{
    public const string Name = "demo";
    private const int ShortestSecret = 8;
    private readonly IReadOnlyList<Account> _accounts;

    public DemoAccount(IConfiguration configuration)
    {
        List<Account> accounts =
        [
            new(Name,
                Hash(Configured(configuration, "SLUICE_DEMO_PASSWORD", "Sluice:Demo:Password") ?? Announce("Sign in: " + Name + " / ")),
                Hash(Configured(configuration, "SLUICE_DEMO_TOKEN", "Sluice:Demo:Token") ?? Announce("API token: "))),
        ];
        foreach (var more in configuration.GetSection("Sluice:Demo:Accounts").GetChildren()) accounts.Add(Read(more, accounts));
        _accounts = accounts;
    }

    /// <summary>The name that is signed in with it, as it was configured; null where name and password do not belong together.</summary>
    public string? NameOf(string name, string password)
    {
        string? found = null;
        var (wanted, secret) = (Hash(name), Hash(password));
        // All are compared, so that the time taken tells nothing about which names there are.
        foreach (var account in _accounts)
            if (CryptographicOperations.FixedTimeEquals(account.Password, secret) & CryptographicOperations.FixedTimeEquals(Hash(account.Name), wanted)) found = account.Name;
        return found;
    }

    /// <summary>Whose token it is; null where nobody's.</summary>
    public string? OwnerOf(string token)
    {
        string? found = null;
        var secret = Hash(token);
        foreach (var account in _accounts)
            if (account.Token is { } own && CryptographicOperations.FixedTimeEquals(own, secret)) found = account.Name;
        return found;
    }

    public static ClaimsPrincipal Person(string name) => Principal(name, "password");

    public static ClaimsPrincipal Script(string owner) => Principal("token:" + owner, AuthSchemes.Token);

    private static Account Read(IConfigurationSection section, List<Account> before)
    {
        var (name, password, token) = (section["Name"] ?? "", section["Password"] ?? "", section["Token"]);
        if (!AccountName().IsMatch(name)) throw new InvalidOperationException($"{section.Path}:Name: '{name}' is no name. Use at most 40 small letters, digits, '.' and '-', beginning with a letter.");
        if (before.Any(a => a.Name == name)) throw new InvalidOperationException($"{section.Path}:Name: there are two accounts '{name}'. Each needs a name of its own: it is how a second person is told from the first.");
        if (password.Length < ShortestSecret) throw new InvalidOperationException($"{section.Path}:Password: is missing or shorter than {ShortestSecret} characters. Set one.");
        if (token is { Length: < ShortestSecret }) throw new InvalidOperationException($"{section.Path}:Token: is shorter than {ShortestSecret} characters. Set a longer one, or leave it out: then the account has none.");
        var account = new Account(name, Hash(password), token is null ? null : Hash(token));
        if (account.Token is { } own && before.Any(a => a.Token is { } other && CryptographicOperations.FixedTimeEquals(own, other))) throw new InvalidOperationException($"{section.Path}:Token: another account has the same. Each needs its own.");
        return account;
    }

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

    [GeneratedRegex("^[a-z][a-z0-9.-]{0,39}$")]
    private static partial Regex AccountName();

    private sealed record Account(string Name, byte[] Password, byte[]? Token);
}
