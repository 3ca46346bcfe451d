using Sluice.Simulator.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>Sign-in, routing and errors of one cluster's API server.</summary>
internal sealed class ApiFrontDoor
{
    private readonly ObjectStore _store;
    private readonly ResourceCatalog _catalog;
    private readonly Discovery _discovery;
    private readonly ListHandler _lists;
    private readonly WatchHandler _watches;
    private readonly ResourceHandler _resources;
    private readonly LogHandler _logs;
    private readonly IServiceProxy _services;
    private readonly Faults _faults;
    private readonly SimClock _clock;
    private readonly AccessTokens _tokens;
    private readonly IWaker _waker;
    private readonly ILogger _logger;

    public ApiFrontDoor(ObjectStore store, ObjectWriter writer, ResourceCatalog catalog, SimClock clock, Faults faults, AccessTokens tokens,
        string gitVersion, IPodLogs logs, IServiceProxy services, IWaker waker, ILogger logger)
    {
        (_store, _catalog, _faults, _clock, _tokens, _services, _waker, _logger) = (store, catalog, faults, clock, tokens, services, waker, logger);
        _discovery = new Discovery(catalog, gitVersion);
        _lists = new ListHandler(store, faults);
        _watches = new WatchHandler(store, clock, faults);
        _resources = new ResourceHandler(store, writer);
        _logs = new LogHandler(store, clock, logs, faults);
    }

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            http.Response.Headers.Date = _clock.Now.UtcDateTime.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            await _faults.BeforeAnswerAsync(http.RequestAborted);
            await RouteAsync(http);
        }
        catch (ApiException error) when (!http.Response.HasStarted)
        {
            await JsonAnswer.ErrorAsync(http, error);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody is left to answer.
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            _logger.LogError(exception, "{Method} {Path} failed.", http.Request.Method, http.Request.Path);
            await JsonAnswer.ErrorAsync(http, new ApiException(500, "InternalError", "Internal error occurred: " + exception.Message));
        }
    }

    private async Task RouteAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        if (path is "/healthz" or "/readyz" or "/livez")
        {
            await JsonAnswer.TextAsync(http, 200, "ok");
            return;
        }
        var user = _tokens.Identify(http.Request.Headers.Authorization.ToString())
            ?? throw new ApiException(401, "Unauthorized", "Unauthorized");
        if (http.Request.Method == "GET" && _discovery.Answer(path) is { } found)
        {
            await JsonAnswer.WriteAsync(http, 200, found);
            return;
        }
        if (Parse(http, path) is not { } request)
        {
            await JsonAnswer.TextAsync(http, 404, "404 page not found\n");
            return;
        }
        Authorize(user, request);
        _waker.Before(request);
        await DispatchAsync(user, request);
    }

    private async Task DispatchAsync(AccessTokens.User user, ApiRequest request)
    {
        if (request.Type == ResourceCatalog.AccessReviews)
        {
            if (request.Http.Request.Method != "POST") throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
            await JsonAnswer.WriteAsync(request.Http, 201, user.Review(await request.ObjectAsync()));
        }
        else if (request.Subresource == "proxy") await ProxyAsync(request);
        else if (request.Subresource == "log") await _logs.HandleAsync(request);
        else if (request.Http.Request.Method == "GET" && request.Flag("watch"))
        {
            if (_faults.PlainGone && request.Query("resourceVersion") is { Length: > 0 } version && version != "0")
                throw ApiException.Expired($"too old resource version: {version}");
            await _watches.HandleAsync(request);
        }
        else if (request.Http.Request.Method == "GET" && request.Name is null) await _lists.HandleAsync(request);
        else await _resources.HandleAsync(request);
    }

    private async Task ProxyAsync(ApiRequest request)
    {
        // <scheme>:<name>:<port>, with the first and the last part left out at will
        var parts = request.Name!.Split(':');
        var name = parts.Length == 3 ? parts[1] : parts[0];
        lock (_store.Gate)
            if (_store.Find(ResourceCatalog.Services, request.Namespace, name) is null) throw ApiException.NotFound(ResourceCatalog.Services, name);
        if (!await _services.TryHandleAsync(request.Http, request.Namespace, name, "/" + request.Rest))
            throw new ApiException(503, "ServiceUnavailable", $"no endpoints available for service \"{name}\"");
    }

    private static void Authorize(AccessTokens.User user, ApiRequest request)
    {
        var method = request.Http.Request.Method;
        var verb = method switch
        {
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => request.Flag("watch") ? "watch" : request.Name is null ? "list" : "get",
        };
        if (request.Type.CreateOnly || user.May(verb)) return;
        var where = request.Namespace.Length > 0 ? $" in the namespace \"{request.Namespace}\"" : " at the cluster scope";
        throw ApiException.Forbidden(request.Type, request.Name ?? "",
            $"{request.Type.QualifiedPlural}{(request.Name is null ? "" : $" \"{request.Name}\"")} is forbidden: User \"{user.Name}\" cannot {verb} resource \"{request.Type.Plural}\" in API group \"{request.Type.Group}\"{where}");
    }

    private ApiRequest? Parse(HttpContext http, string path)
    {
        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (group, version, rest) = steps switch
        {
            ["api", var v, .. var tail] => ("", v, tail),
            ["apis", var g, var v, .. var tail] => (g, v, tail),
            _ => (null, "", [])
        };
        if (group is null || rest.Length == 0) return null;
        var ns = "";
        if (rest is ["namespaces", var home, _, ..] && !(rest.Length == 3 && rest[2] is "status" or "finalize"))
        {
            ns = home;
            rest = rest[2..];
        }
        if (_catalog.Find(group, version, rest[0]) is not { } type) return null;
        if (type.Namespaced && ns.Length == 0 && rest.Length > 1) return null;
        var name = rest.Length > 1 ? rest[1] : null;
        var sub = rest.Length > 2 ? rest[2] : null;
        var known = sub switch
        {
            null => true,
            "proxy" => type == ResourceCatalog.Services,
            "log" => type == ResourceCatalog.Pods && rest.Length == 3,
            "status" => type.HasStatus && rest.Length == 3,
            "scale" => type.HasScale && rest.Length == 3,
            _ => false,
        };
        if (!known) return null;
        var tailPath = sub == "proxy" ? string.Join('/', rest[3..]) + (path.EndsWith('/') && rest.Length > 3 ? "/" : "") : "";
        return new ApiRequest(http, type, ns, name, sub, tailPath);
    }
}
