namespace Sluice.Portal.Auth;

/// <summary>The ways to be somebody.</summary>
public static class AuthSchemes
{
    /// <summary>Chooses one of the others by the request.</summary>
    public const string Any = "Sluice";

    public const string Cookie = "Cookie";

    public const string Token = "Token";
}
