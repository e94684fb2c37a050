import type { ResponseInput, ResponseResult } from '../messages';
import { captureVolatile } from './capture-volatile';
import { checkAuthority } from './check-authority';
import { classifyIncident } from './classify-incident';
import { completeResponse } from './complete-response';
import { controlAccess } from './control-access';
import { decidePolicy } from './decide-policy';
import { handOver } from './hand-over';
import { openRun } from './open-run';
import { preserveLogs } from './preserve-logs';
import { prepareHosts } from './prepare-hosts';
import { sealEvidence } from './seal-evidence';
import { tightenMonitoring } from './tighten-monitoring';
import { urgentNotification } from './urgent-notification';
import { withinResponse } from './within-response';

/**
 * BATCH-904, セキュリティ緊急対応バッチ: the chart itself. Every box is a file beside this one: its primary way and its
 * fallback. Boxes never throw for what can be foreseen: they take their fallback and the flow goes on (B2, B8).
 */
export async function response(input: ResponseInput): Promise<ResponseResult> {
  const run = openRun(input);
  return withinResponse(run, {
    authority: () => checkAuthority(run),
    flow: async () => {
      await classifyIncident(run); //    種別判定 → 重要度判定;  unknown or contradictory → 手動対応要請, a person classifies
      urgentNotification(run); //        緊急通知, never waited for
      await captureVolatile(run); //     before containment changes the state
      await decidePolicy(run); //        対応方針決定
      await prepareHosts(run); //        the fallback is staged, the state before is read
      await controlAccess(run); //       アクセス制御;  failed → 強制遮断 and 手動対応要請
      await preserveLogs(run); //        ログ収集・保全;  failed → 代替手段
      await sealEvidence(run); //        証跡チェーン
      await tightenMonitoring(run); //   監視強化
      await completeResponse(run); //    完了報告
    },
    atDeadline: () => handOver(run, 'deadline'),
    whenCancelled: () => handOver(run, 'cancelled'),
  });
}
