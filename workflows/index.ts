import { setWorkflowOptions } from '@temporalio/workflow';
import { evidenceOrder } from './evidence/evidence-order.workflow';
import { incident } from './incident/incident.workflow';
import { noticeWorkflow } from './notice/notice.workflow';
import { enrolment } from './operators/enrolment.workflow';
import { recoveryNotice } from './operators/recovery-notice.workflow';
import { response } from './response/response.workflow';
import { watch } from './watch/watch.workflow';

// A response ends on the code it began with; what lives for days moves on with new versions (DESIGN §3).
setWorkflowOptions({ versioningBehavior: 'PINNED' }, response);
setWorkflowOptions({ versioningBehavior: 'PINNED' }, noticeWorkflow);
setWorkflowOptions({ versioningBehavior: 'PINNED' }, enrolment);
setWorkflowOptions({ versioningBehavior: 'PINNED' }, evidenceOrder);
setWorkflowOptions({ versioningBehavior: 'PINNED' }, recoveryNotice);
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, incident);
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, watch);

export { enrolment, evidenceOrder, incident, noticeWorkflow, recoveryNotice, response, watch };
