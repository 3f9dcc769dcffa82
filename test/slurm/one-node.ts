import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, totalmem } from "node:os";
import { join } from "node:path";

/** Installs Debian's Slurm where it is not there and this process may. @returns why there is none */
export function installSlurm(): string | undefined {
  const has = (name: string) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
  const isThere = () => ["sbatch", "slurmctld", "slurmd", "munged"].every(has);
  if (process.getuid?.() !== 0) return "Slurm is started as root, and this process is not root's";
  if (isThere()) return undefined;
  if (!has("apt-get")) return "Slurm is not installed, and there is no apt-get to install it";
  spawnSync("sh", ["-c", "apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge"], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return isThere() ? undefined : "Slurm could not be installed (apt-get install slurm-wlm munge)";
}

/** One node without systemd, cgroups or a database, everything of it in a directory. */
const configuration = (directory: string, host: string): string => `
ClusterName=local
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${directory}/munge.socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
StateSaveLocation=${directory}/controller
SlurmdSpoolDir=${directory}/node
SlurmctldPidFile=${directory}/slurmctld.pid
SlurmdPidFile=${directory}/slurmd.pid
SlurmctldLogFile=${directory}/slurmctld.log
SlurmdLogFile=${directory}/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobRequeue=1
KillWait=30
SchedulerParameters=sched_interval=2,sched_min_interval=0,batch_sched_delay=0
SlurmdTimeout=60
SlurmdParameters=config_overrides
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=${Math.floor((0.9 * totalmem()) / 2 ** 20)} State=UNKNOWN
PartitionName=main Nodes=${host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
`;

/** Starts Slurm with one node of two CPUs, and has the commands of this process speak to it. */
export async function startSlurm(directory: string) {
  const host = hostname().split(".")[0];
  for (const made of ["controller", "node"]) mkdirSync(join(directory, made), { recursive: true });
  writeFileSync(join(directory, "munge.key"), randomBytes(1024), { mode: 0o400 });
  writeFileSync(join(directory, "slurm.conf"), configuration(directory, host));
  process.env.SLURM_CONF = join(directory, "slurm.conf");
  const munge = (["socket", "key-file", "pid-file", "log-file", "seed-file"] as const).map(
    (name) => `--${name}=${directory}/munge.${name.replace("-file", "")}`,
  );
  const startNode = () => void execFileSync("slurmd", ["-N", host], { stdio: "ignore" });
  execFileSync("munged", ["--force", ...munge], { stdio: "ignore" });
  execFileSync("slurmctld", [], { stdio: "ignore" });
  startNode();
  const pidOf = (name: string) => Number(readFileSync(join(directory, `${name}.pid`), "utf8"));
  /** Resolves when they have written all that they write at their end. */
  const stop = async () => {
    spawnSync("scancel", ["--user=root"]);
    const daemons = ["slurmd", "slurmctld", "munge"].filter((name) => existsSync(join(directory, `${name}.pid`)));
    const pids = daemons.map(pidOf);
    for (const pid of pids) process.kill(pid, "SIGTERM");
    while (pids.some((pid) => existsSync(`/proc/${pid}`))) await new Promise((done) => setTimeout(done, 100));
  };
  const end = Date.now() + 60_000;
  while (!/^(idle|mixed|allocated)/.test(spawnSync("sinfo", ["-h", "-o", "%T"], { encoding: "utf8" }).stdout)) {
    if (Date.now() > end) {
      await stop();
      throw new Error(`Slurm has not come up; its logs are in ${directory}`);
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  return {
    /** Ends the node's daemon at once and starts it again. Its jobs live on. */
    killNode() {
      process.kill(pidOf("slurmd"), "SIGKILL");
      startNode();
    },
    stop,
  };
}
