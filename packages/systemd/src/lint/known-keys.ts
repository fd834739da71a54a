const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const checks = words(`
  ACPower Architecture CPUFeature CPUPressure CPUs Capability ControlGroupController Credential DirectoryNotEmpty Environment
  FileIsExecutable FileNotEmpty Firmware FirstBoot Group Host IOPressure KernelCommandLine KernelModuleLoaded KernelVersion
  Memory MemoryPressure NeedsUpdate OSRelease PathExists PathExistsGlob PathIsDirectory PathIsEncrypted PathIsMountPoint
  PathIsReadWrite PathIsSocket PathIsSymbolicLink Security User Version Virtualization`);

const unit = words(`
  After AllowIsolate Before BindTo BindsTo CollectMode Conflicts DefaultDependencies Description Documentation FailureAction
  FailureActionExitStatus IgnoreOnIsolate IgnoreOnSnapshot JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument
  JobTimeoutSec JoinsNamespaceOf OnFailure OnFailureIsolate OnFailureJobMode OnSuccess OnSuccessJobMode PartOf
  PropagateReloadFrom PropagateReloadTo PropagatesReloadTo PropagatesStopTo RebootArgument RefuseManualStart RefuseManualStop
  ReloadPropagatedFrom Requires RequiresMountsFor RequiresOverridable Requisite RequisiteOverridable SourcePath
  StartLimitAction StartLimitBurst StartLimitInterval StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded
  SuccessAction SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor`);

const service = words(`
  BusName BusPolicy Environment EnvironmentFile ExecCondition ExecReload ExecReloadPost ExecStart ExecStartPost ExecStartPre
  ExecStop ExecStopPost ExitType FailureAction FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID LUOSession
  NonBlocking NotifyAccess OOMPolicy OpenFile PIDFile PassEnvironment PermissionsStartOnly RebootArgument RefreshOnReload
  ReloadSignal RemainAfterExit Restart RestartForceExitStatus RestartMaxDelaySec RestartMode RestartPreventExitStatus
  RestartSec RestartSteps RootDirectoryStartOnly RuntimeMaxSec RuntimeRandomizedExtraSec Sockets StartLimitAction
  StartLimitBurst StartLimitInterval SuccessExitStatus SysVStartPriority TimeoutAbortSec TimeoutCleanSec TimeoutSec
  TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec Type USBFunctionDescriptors
  USBFunctionStrings UnsetEnvironment WatchdogSec
  FinalKillSignal KillMode KillSignal RestartKillSignal SendSIGHUP SendSIGKILL WatchdogSignal`);

const execution = words(`
  AmbientCapabilities AppArmorProfile BPFDelegateAttachments BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms BindPaths
  BindLogSockets CacheDirectoryAccounting CacheDirectoryQuota DelegateNamespaces LogsDirectoryAccounting LogsDirectoryQuota
  StateDirectoryAccounting
  BindReadOnlyPaths CPUAffinity CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork CacheDirectory
  CacheDirectoryMode Capabilities CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter
  DynamicUser ExecPaths ExecSearchPath ExtensionDirectories ExtensionImagePolicy ExtensionImages Group IOSchedulingClass
  IOSchedulingPriority IPCNamespacePath IgnoreSIGPIPE ImportCredential InaccessibleDirectories InaccessiblePaths KeyringMode
  LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC
  LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality
  LogExtraFields LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory
  LogsDirectoryMode MemoryDenyWriteExecute MemoryKSM MountAPIVFS MountFlags MountImagePolicy MountImages NUMAMask NUMAPolicy
  NetworkNamespacePath Nice NoExecPaths NoNewPrivileges OOMScoreAdjust PAMName Personality PrivateBPF PrivateDevices
  PrivateIPC PrivateMounts PrivateNetwork PrivatePIDs PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups
  ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem
  ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths RemoveIPC RestrictAddressFamilies RestrictFileSystems
  RestrictNamespaces RestrictRealtime RestrictSUIDSGID RootDirectory RootEphemeral RootHash RootHashSignature RootImage
  RootImageOptions RootImagePolicy RootVerity RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve SELinuxContext
  SecureBits SetCredential SetCredentialEncrypted SetLoginEnvironment SmackProcessLabel StandardError StandardInput
  StandardInputData StandardInputText StandardOutput StateDirectory StateDirectoryMode StateDirectoryQuota
  SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel SyslogLevelPrefix SystemCallArchitectures
  SystemCallErrorNumber SystemCallFilter SystemCallLog TTYColumns TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate
  TemporaryFileSystem TimerSlackNSec UMask User UserNamespacePath UtmpIdentifier UtmpMode WorkingDirectory`);

const resources = words(`
  AllowedCPUs AllowedMemoryNodes BPFProgram BindNetworkInterface BlockIOAccounting BlockIODeviceWeight BlockIOReadBandwidth
  BlockIOWeight BlockIOWriteBandwidth CPUAccounting CPUQuota CPUQuotaPeriodSec CPUShares CPUWeight CoredumpReceive
  DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow Delegate DelegateSubgroup DeviceAllow DevicePolicy
  DisableControllers IOAccounting IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax IOReadIOPSMax IOWeight
  IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow IPAddressDeny IPEgressFilterPath IPIngressFilterPath
  ManagedOOMMemoryPressure ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMPreference
  ManagedOOMSwap MemoryAccounting MemoryHigh MemoryLimit MemoryLow MemoryMax MemoryMin MemoryPressureThresholdSec
  MemoryPressureWatch MemorySwapMax MemoryZSwapMax MemoryZSwapWriteback NFTSet NetClass RestrictNetworkInterfaces Slice
  SocketBindAllow SocketBindDeny StartupAllowedCPUs StartupAllowedMemoryNodes StartupBlockIOWeight StartupCPUShares
  StartupCPUWeight StartupIOWeight StartupMemoryHigh StartupMemoryLow StartupMemoryMax StartupMemorySwapMax
  StartupMemoryZSwapMax TasksAccounting TasksMax`);

const install = words('Alias Also DefaultInstance RequiredBy UpheldBy WantedBy');

/** The sections of a service, and the keys that systemd (from 252 on, and what newer ones add) takes in each. */
export const knownKeys: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Service', new Set([...service, ...execution, ...resources])],
  ['Unit', new Set([...unit, ...[...checks].flatMap((check) => [`Condition${check}`, `Assert${check}`])])],
  ['Install', install],
]);

/** Keys that systemd still takes in [Service], or by an old name, and the name that each has in [Unit]. */
export const legacyKeys: ReadonlyMap<string, string> = new Map([
  ['StartLimitInterval', 'StartLimitIntervalSec'],
  ['StartLimitBurst', 'StartLimitBurst'],
  ['StartLimitAction', 'StartLimitAction'],
  ['FailureAction', 'FailureAction'],
  ['RebootArgument', 'RebootArgument'],
]);
