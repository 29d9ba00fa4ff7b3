using LbSpeaker.Commands;

return await RootVerb.RunAsync(args).ConfigureAwait(false);
