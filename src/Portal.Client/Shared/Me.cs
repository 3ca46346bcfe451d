using Microsoft.AspNetCore.Components.Authorization;
using Sluice.Domain.Access;

namespace Sluice.Portal.Client.Shared;

/// <summary>Who uses this page, as it is recorded in operations and revisions.</summary>
public sealed class Me(AuthenticationStateProvider authentication)
{
    /// <exception cref="InvalidOperationException">Nobody is signed in.</exception>
    public async Task<Actor> ActorAsync()
    {
        var state = await authentication.GetAuthenticationStateAsync();
        return state.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name }
            ? new Actor(name)
            : throw new InvalidOperationException("You are signed out. Sign in again; nothing was changed.");
    }
}
